"""Pages: the sweeps of a site, one sweep and its report, the lists of the teams, tokens on paper and in a table."""

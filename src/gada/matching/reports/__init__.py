"""Reports in figures: what is counted, how sure it is, and how it is drawn on paper. No names anywhere."""

"""Exchange: partners, agreements, packages, people in common, differences to settle."""

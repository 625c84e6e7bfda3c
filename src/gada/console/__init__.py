"""Console: the pages that show several rooms together — home, registration, search, a person, the journal."""

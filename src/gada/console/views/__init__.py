"""Pages. Each view calls exactly one service, or reads."""

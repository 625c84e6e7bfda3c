"""Pages: the queue of possible duplicates, and one case side by side."""

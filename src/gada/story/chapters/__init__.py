"""The story, one file a chapter: what two agencies do, through the pages and the API of their two nodes."""

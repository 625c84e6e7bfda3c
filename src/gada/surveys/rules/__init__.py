"""Decisions about forms and answers without I/O."""

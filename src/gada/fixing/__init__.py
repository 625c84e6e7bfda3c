"""Fixing: a sweep from shelter to shelter hands out numbered tokens, and each registers one family."""

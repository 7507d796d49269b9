"""Answers read back: a solution and what can be asked of it."""

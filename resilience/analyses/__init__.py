"""One question, one file: each takes a network or solutions, and gives back data."""

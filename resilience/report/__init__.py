"""Results shown: words and tables for people, JSON and CSV for programs. Formats, computes nothing."""

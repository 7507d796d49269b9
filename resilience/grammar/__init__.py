"""The YAML grammar: text to a network whose every value is interpreted and every name known."""

from resilience.grammar.books import is_book, read_book
from resilience.grammar.document import Document
from resilience.grammar.interpret import interpret
from resilience.grammar.loading import load_tables
from resilience.grammar.merge import Chain, chain_of, flatten, merged
from resilience.grammar.plain import read_python
from resilience.grammar.reading import read_file, read_text
from resilience.grammar.sections import Spec
from resilience.grammar.shipped import shipped_networks

__all__ = [
    "Chain",
    "Document",
    "Spec",
    "chain_of",
    "flatten",
    "interpret",
    "is_book",
    "load_tables",
    "merged",
    "read_book",
    "read_file",
    "read_python",
    "read_text",
    "shipped_networks",
]

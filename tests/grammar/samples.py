"""A small network with something in every section, to be spoilt one piece at a time."""

from pathlib import Path

EVERY_SECTION = (Path(__file__).parent / "every_section.yaml").read_text(encoding="utf-8")

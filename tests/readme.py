"""The README's walk, done over: its blocks in order, in a folder of their own.

``python -m tests.readme`` writes what the commands print now, and the shipped file that it shows, into
the README; `test_readme` holds them equal. A block is one of

==========  ===========================================================================================
`console`   commands after ``$``, each followed by what it prints
`diff`      a change by hand of the file that the walk is about: lines that stand (space), go (-), come (+)
`yaml`      that file, as it is shipped
`python`    a session, run as a doctest
==========  ===========================================================================================
"""

from __future__ import annotations

import re
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import chdir
from pathlib import Path
from typing import NamedTuple

from typer.testing import CliRunner

from resilience.cli import app

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"
SHOWN = ROOT / "networks" / "tutorial" / "network.yaml"
EDITED = "my_network/network.yaml"
BLOCK = re.compile(r"^```(console|diff|yaml|python)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


class Block(NamedTuple):
    """One fenced block of the README."""

    language: str
    body: str

    def commands(self) -> list[tuple[str, str]]:
        """Return the commands of a console block, each with what it is said to print."""
        parts = re.split(r"^\$ ", self.body, flags=re.MULTILINE)[1:]
        return [(part.partition("\n")[0], part.partition("\n")[2]) for part in parts]


def blocks(text: str) -> list[Block]:
    """Return the blocks in the order in which they stand."""
    return [Block(*found.groups()) for found in BLOCK.finditer(text)]


def run(command: str, folder: Path) -> str:
    """Return what a command prints in a folder, stdout before stderr, without blanks at the ends of lines."""
    name, *arguments = command.split()
    assert name == "resilience"
    with chdir(folder):
        done = CliRunner().invoke(app, arguments, env={"COLUMNS": "120"})
    if done.exception and not isinstance(done.exception, SystemExit):
        raise done.exception
    return re.sub(r"[ \t]+$", "", done.stdout + done.stderr, flags=re.MULTILINE)


def edit(body: str, folder: Path) -> None:
    """Change the file of the walk as a diff says; what it says stands must stand there once."""
    path = folder / EDITED
    text = path.read_text(encoding="utf-8")
    before, after = (
        "".join(f"{line[1:]}\n" for line in body.splitlines() if line[:1] in kept) for kept in (" -", " +")
    )
    assert text.count(before) == 1, f"not there once:\n{before}"
    path.write_text(text.replace(before, after), encoding="utf-8")


def walk_to(before: Sequence[Block], folder: Path) -> None:
    """Bring a folder to where a reader is who has done these blocks."""
    for block in before:
        if block.language == "diff":
            edit(block.body, folder)
        elif block.language == "console":
            for command, _ in block.commands():
                if command.startswith("resilience init"):
                    run(command, folder)


def steps(text: str) -> Iterator[tuple[str, str, list[Block]]]:
    """Yield each command of the README, what it is said to print, and the blocks before it."""
    found = blocks(text)
    for place, block in enumerate(found):
        if block.language == "console":
            for command, output in block.commands():
                yield command, output, found[:place]


def filled(text: str) -> str:
    """Return the README with what its commands print now and the file that it shows."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)

        def again(found: re.Match[str]) -> str:
            block = Block(*found.groups())
            if block.language == "diff":
                edit(block.body, folder)
            if block.language == "yaml":
                return f"```yaml\n{SHOWN.read_text(encoding='utf-8')}```"
            if block.language == "console":
                printed = [f"$ {command}\n{run(command, folder)}" for command, _ in block.commands()]
                return "```console\n" + "\n\n".join(each.rstrip() for each in printed) + "\n```"
            return found.group(0)

        return BLOCK.sub(again, text)


if __name__ == "__main__":
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else README
    target.write_text(filled(target.read_text(encoding="utf-8")), encoding="utf-8")

"""The house: rooms that import only rooms above them, public names that exist, files of a size to read."""

from __future__ import annotations

import ast
import importlib
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

import resilience

PACKAGE = Path(resilience.__file__).parent
ROOT = PACKAGE.parent

ROOMS = (
    "errors",
    "fields",
    "program",
    "solvers",
    "policies",
    "grammar",
    "formulation",
    "results",
    "network",
    "whatif",
    "analyses",
    "summary",
    "report",
    "cli",
)
"""From top to bottom: data goes down, and so does knowledge of one room by another."""

PART_OF = {
    "cli_adversary": "cli",
    "cli_bloc": "cli",
    "cli_decision": "cli",
    "cli_plan": "cli",
    "cli_report": "cli",
    "cli_shared": "cli",
    "cli_whatif": "cli",
    "cli_workers": "cli",
    "doctor": "cli",
    "__main__": "cli",
}
"""Modules that belong to a room without standing in a folder of its name."""

LOOKING_DOWN = {
    (
        "resilience/results/solution.py",
        "resilience.report.figures",
    ): "`solution.plot`, made when it is asked for",
    ("resilience/analyses/compare.py", "resilience.report.figures"): "`comparison.plot`, likewise",
    ("resilience/results/solution.py", "resilience.report.files"): "`solution.save`, likewise",
}
"""Imports from below that are right: who reads a result in a notebook looks for its figures there."""

ABOVE_ALL = ("__init__",)
"""`resilience/__init__.py` hands out names of every room, on first use."""

LONG: dict[str, str] = {
    "resilience/fields/readers.py": "one short function per kind of value, side by side, their faults alike",
    "resilience/grammar/sections.py": "one class per section of a file: fields and what they mean, no logic",
    "resilience/network.py": "the facade: one class whose methods are the API, and their docstrings",
    "resilience/results/solution.py": "one class: the tables of a solution, one short property each",
    "tests/formulation/test_fixed.py": "one subject: what is used or not, by hand and with its errors",
    "tests/formulation/test_stock.py": "one subject: stock over time, by hand and with its errors",
    "tests/results/test_routes.py": "one answer, by hand and as laws",
    "tests/test_cli.py": "one test per command and option",
}
"""Files of 400 lines and more, each with the reason why it is one subject."""


def modules() -> Iterator[tuple[str, Path]]:
    """Yield (room, file) of every module of the package."""
    for path in sorted(PACKAGE.rglob("*.py")):
        name = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
        if name not in ABOVE_ALL:
            yield PART_OF.get(name, name), path


def imported(tree: ast.AST, path: Path) -> Iterator[tuple[str, int]]:
    """Yield (module, line) of everything imported, inside functions too, of the package itself."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: a relative import hides which room it enters"
            yield node.module or "", node.lineno
            if node.module == "resilience":
                yield from ((f"resilience.{alias.name}", node.lineno) for alias in node.names)
        elif isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "import_module":
            for argument in node.args[:1]:
                if isinstance(argument, ast.Constant):
                    yield str(argument.value), node.lineno


def test_a_room_imports_only_rooms_above_it():
    """Imports inside functions and under TYPE_CHECKING count like any other."""
    wrong = []
    for room, path in modules():
        for name, line in imported(ast.parse(path.read_text(encoding="utf-8")), path):
            package, _, rest = name.partition(".")
            other = PART_OF.get(rest.partition(".")[0], rest.partition(".")[0])
            if (path.relative_to(ROOT).as_posix(), name) in LOOKING_DOWN:
                continue
            if package == "resilience" and other in ROOMS and ROOMS.index(other) > ROOMS.index(room):
                wrong.append(f"{path.relative_to(ROOT)}:{line}: {room} imports {name}, which is below it")
    assert wrong == []


def test_every_module_is_in_a_room():
    """A new file at the top is a room of its own: say where in the order it stands."""
    assert {room for room, _ in modules()} <= set(ROOMS)


def test_the_order_of_rooms_is_seen():
    """The test above can fail: an import from below is found, also inside a function."""
    tree = ast.parse("def f():\n    from resilience.network import load\n")
    assert list(imported(tree, Path("x.py"))) == [("resilience.network", 2)]


def test_analyses_do_not_import_each_other():
    """One question is one file."""
    wrong = []
    for path in sorted((PACKAGE / "analyses").glob("*.py")):
        for name, line in imported(ast.parse(path.read_text(encoding="utf-8")), path):
            sibling = name.removeprefix("resilience.analyses.")
            if path.name != "__init__.py" and sibling != name and sibling != path.stem:
                wrong.append(f"{path.name}:{line} imports {name}")
    assert wrong == []


def test_public_names_are_exactly_these():
    """A name is added here on purpose, or not at all."""
    assert len(set(resilience.__all__)) == len(resilience.__all__)
    for name in resilience.__all__:
        assert getattr(resilience, name) is not None
    rooms = {path.stem for path in PACKAGE.iterdir()}
    used_inside = {"annotations", "importlib", "Any", "TYPE_CHECKING"}
    others = {name for name in vars(resilience) if not name.startswith("_")} - rooms - used_inside
    assert others <= set(resilience.__all__)


@pytest.mark.parametrize("name", resilience.__all__)
def test_a_public_name_stands_where_it_says(name):
    """Each is defined in the package, and importable by itself."""
    value = getattr(resilience, name)
    home = getattr(value, "__module__", None)
    if home is not None and not isinstance(value, dict):
        assert home.split(".")[0] == "resilience"
        assert getattr(importlib.import_module(home), name) is value


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'sovle'"):
        _ = resilience.sovle


def test_static_and_lazy_imports_agree():
    """What type checkers see under TYPE_CHECKING is what `__getattr__` hands out."""
    tree = ast.parse((PACKAGE / "__init__.py").read_text(encoding="utf-8"))
    seen = {
        (node.module, alias.name)
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("resilience.")
        for alias in node.names
    }
    lazy = {(module, name) for module, names in resilience._HOME.items() for name in names}
    assert seen == lazy
    assert {name for _, name in lazy} == set(resilience.__all__)


def test_files_are_of_a_size_to_read():
    """At 400 lines ask whether there are two subjects in it; the answer stands in `LONG`."""
    files = [*PACKAGE.rglob("*.py"), *(ROOT / "tests").rglob("*.py")]
    lengths = {
        path.relative_to(ROOT).as_posix(): len(path.read_text(encoding="utf-8").splitlines())
        for path in files
    }
    long = {name for name, length in lengths.items() if length >= 400}
    assert long - set(LONG) == set(), "split it, or give the reason in LONG"
    assert set(LONG) <= set(lengths), "gone: take it out of LONG"


def committed() -> list[Path]:
    """Return the files under version control; every file where there is none."""
    try:
        listed = subprocess.run(
            ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True, text=True
        ).stdout.split("\0")
    except (OSError, subprocess.CalledProcessError):
        return [path for path in [*PACKAGE.rglob("*"), *(ROOT / "tests").rglob("*")] if path.is_file()]
    return [ROOT / name for name in listed if name and (ROOT / name).is_file()]


ABSOLUTE = re.compile(r"(?<![\w.:/~<}\]])/(?:home|root|Users|work|mnt|opt|srv|tmp|var|data)/[\w.]")


def test_nothing_names_a_path_of_one_machine():
    """No file says where anything stood on the machine where it was written."""
    found = []
    for path in committed():
        if path.suffix in (".parquet", ".png", ".gz") or path == Path(__file__):
            continue
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1):
            if ABSOLUTE.search(line) and "http" not in line:
                found.append(f"{path.relative_to(ROOT)}:{number}: {line.strip()[:100]}")
    assert found == []


def test_a_path_of_one_machine_would_be_seen():
    assert ABSOLUTE.search('open("/home/someone/x")')
    assert not ABSOLUTE.search("https://example.org/data/x, a/tmp/b, USD/t")

"""Settings of all tests."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

ROOT = Path(__file__).parent.parent
APART = ("test_notebooks.py",)
"""Files whose tests are long and share nothing: any worker takes the next of them."""
NETWORKS = sorted((path.name for path in (ROOT / "networks").iterdir()), key=len, reverse=True)

# How long an example takes says nothing about it. In CI the examples are the same on every run, so that a
# change is judged by what it changed; by hand they are new each time, which is what finds new faults.
settings.register_profile("steady", deadline=None, print_blob=True)
settings.register_profile("ci", parent=settings.get_profile("steady"), derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "steady")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep the tests of one file in one worker, and those of one shipped network too.

    What a file solves once for all its tests is then solved once, and not once in every worker.
    """
    for item in items:
        if item.path.name not in APART:
            item.add_marker(pytest.mark.xdist_group(together(item.path)))


def together(path: Path) -> str:
    """Return what a file's tests share a worker with: the file, or the shipped network that it is about.

    Examples
    --------
    >>> together(ROOT / "tests/networks/test_graphite_tables.py"), together(ROOT / "resilience/units.py")
    ('network graphite', 'resilience/units.py')
    """
    network = next((name for name in NETWORKS if path.stem.startswith(f"test_{name}")), None)
    return f"network {network}" if network else path.relative_to(ROOT).as_posix()

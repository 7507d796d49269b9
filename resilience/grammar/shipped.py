"""The networks that come with the package."""

from __future__ import annotations

from pathlib import Path

PACKAGE = Path(__file__).resolve().parent.parent
FILE = "network.yaml"


def shipped_folder() -> Path:
    """Return the folder of shipped networks: inside the installed package, or beside it in a checkout."""
    installed = PACKAGE / "shipped"
    return installed if installed.is_dir() else PACKAGE.parent / "networks"


def shipped_networks() -> dict[str, Path]:
    """Return the shipped networks by id, sorted.

    Examples
    --------
    >>> "rare_earths" in shipped_networks()
    True
    """
    folder = shipped_folder()
    found = sorted(folder.glob(f"*/{FILE}")) if folder.is_dir() else []
    return {path.parent.name: path for path in found}

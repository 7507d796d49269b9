"""Files and folders written whole or not at all: under another name first, then renamed.

What stood there before is untouched until the new is complete.
"""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from resilience.errors import OutputError


def write_file(path: Path, write: Callable[[Path], Any]) -> None:
    """Write a file under another name in the same folder, and rename it once it is whole.

    Parameters
    ----------
    path : Path
        Where the file shall be; a link is followed, and a device or pipe is written to as it is.
    write : callable
        Writes to the path that it is given.

    Raises
    ------
    OutputError
        If the file cannot be written; what stood there before is untouched.
    """
    target = writable(path)
    if target.exists() and not target.is_file():
        draft = target
    else:
        draft = target.with_name(f".{uuid.uuid4().hex}.tmp")
    try:
        write(draft)
        if draft != target:
            draft.replace(target)
    except OSError as fault:
        raise OutputError(f"{path}: cannot be written: {fault.strerror or fault}") from fault
    finally:
        if draft != target:
            draft.unlink(missing_ok=True)


def writable(path: Path) -> Path:
    """Return where a file is to be, links followed, if it can be there; asked before long work too.

    Raises
    ------
    OutputError
        If it is a folder, or stands in a folder that is not there.
    """
    target = path.resolve()
    if target.is_dir():
        raise OutputError(f"{path}: is a folder; name a file")
    if not target.exists() and not target.parent.is_dir():
        raise OutputError(f"{path}: cannot be written: there is no folder {path.parent}")
    return target


def writable_folder(path: Path) -> Path:
    """Return where a folder of files is to be, links followed, if it can be there; asked before long work.

    Raises
    ------
    OutputError
        If it is a file, or stands in a folder that is not there.
    """
    target = path.resolve()
    if target.exists() and not target.is_dir():
        raise OutputError(f"{path}: is a file; name a folder")
    if not target.parent.is_dir():
        raise OutputError(f"{path}: cannot be written: there is no folder {path.parent}")
    return target


def write_folder(path: Path, writers: Mapping[str, Callable[[Path], Any]]) -> None:
    """Write files into a folder that is made, or that exists; all are whole before the first is moved in.

    Raises
    ------
    OutputError
        If they cannot be written.
    """
    target = writable_folder(path)
    draft = target.with_name(f".{uuid.uuid4().hex}.tmp")
    try:
        draft.mkdir()
        for name, write in writers.items():
            write(draft / name)
        if target.exists():
            for name in writers:
                (draft / name).replace(target / name)
        else:
            draft.rename(target)
    except OSError as fault:
        raise OutputError(f"{path}: cannot be written: {fault.strerror or fault}") from fault
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def replace_folder(path: Path, writers: Mapping[str, Callable[[Path], Any]], stale: Sequence[str]) -> None:
    """Write files into a folder of which nothing else is left but what is not stale.

    Parameters
    ----------
    path : Path
        The folder; made if it is not there.
    writers : mapping
        By the name of each file, what writes it to the path that it is given.
    stale : sequence of str
        Names of files in the folder that are replaced, or go.

    Raises
    ------
    OutputError
        If they cannot be written.
    """
    target = writable_folder(path)
    others = [item for item in target.iterdir() if item.name not in stale] if target.exists() else []
    if others:
        write_folder(path, writers)
        for name in set(stale) - set(writers):
            (target / name).unlink(missing_ok=True)
        return
    old = target.with_name(f".{uuid.uuid4().hex}.tmp")
    draft = target.with_name(f".{uuid.uuid4().hex}.tmp")
    write_folder(draft, writers)
    try:
        if target.exists():
            target.rename(old)
        draft.rename(target)
    except OSError as fault:
        raise OutputError(f"{path}: cannot be written: {fault.strerror or fault}") from fault
    finally:
        if old.exists() and not target.exists():  # also after Ctrl-C between the two
            old.rename(target)
        shutil.rmtree(draft, ignore_errors=True)
        shutil.rmtree(old, ignore_errors=True)


def copy_folder(source: Path, path: Path, change: Callable[[Path], Any] | None = None) -> None:
    """Copy a folder to one that does not exist yet, or is empty.

    Parameters
    ----------
    source, path : Path
        The folder, and where its copy shall be.
    change : callable, optional
        Changes the copy, at the path that it is given, before it stands where it shall be.

    Raises
    ------
    OutputError
        If there is something already, or the copy fails.
    """
    target = path.resolve()
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise OutputError(f"{path}: is there already, and nothing is overwritten; name another folder")
    if not target.parent.is_dir():
        raise OutputError(f"{path}: cannot be written: there is no folder {path.parent}")
    draft = target.with_name(f".{uuid.uuid4().hex}.tmp")
    try:
        shutil.copytree(source, draft, ignore=shutil.ignore_patterns("__pycache__", ".*"))
        if change is not None:
            change(draft)
        if target.exists():
            target.rmdir()
        draft.rename(target)
    except OSError as fault:
        raise OutputError(f"{path}: cannot be written: {fault.strerror or fault}") from fault
    finally:
        shutil.rmtree(draft, ignore_errors=True)

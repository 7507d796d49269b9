"""Scenarios merged into the file: base, then what it extends, then its policies, then its values.

Mappings merge; lists and scalars replace. Policies add up along `extends`, and `without` drops one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from resilience.errors import ScenarioError
from resilience.fields import shorten
from resilience.grammar.document import ENTRY, NOWHERE, Document, Path_, dotted, is_list
from resilience.grammar.lane_rows import LaneRows
from resilience.grammar.names import suggest
from resilience.grammar.plain import plain_value
from resilience.grammar.sections import Scenario

Settings = list[tuple[Path_, Any, Path_]]
"""(path, value, where the value itself stands in the file), in the order of application."""


FIXED = ("scenarios", "units", "sources")
"""Sections that a scenario cannot change."""


@dataclass(frozen=True)
class Chain:
    """What a scenario amounts to.

    Parameters
    ----------
    names : tuple of str
        From the first that is extended to the scenario itself.
    policies : tuple of str
        In force, sorted.
    settings : list
        Values set along the chain.
    parent : str or None
        The scenario that it extends.
    """

    names: tuple[str, ...]
    policies: tuple[str, ...]
    settings: Settings = field(default_factory=list)
    parent: str | None = None


def chain_of(scenarios: Mapping[str, Scenario], name: str | None) -> Chain:
    """Follow `extends` from a scenario to the network alone.

    Raises
    ------
    ScenarioError
        If there is no such scenario.

    Examples
    --------
    >>> more = Scenario(extends="a", policies=["r"], without=["p"])
    >>> chain_of({"a": Scenario(policies=["p", "q"]), "b": more}, "b").policies
    ('q', 'r')
    """
    if name is None:
        return Chain((), ())
    if name not in scenarios:
        known = f"; there are {', '.join(sorted(scenarios))}" if scenarios else "; the network has none"
        raise ScenarioError(f"unknown scenario '{name}'{suggest(name, scenarios) or known}")
    names: list[str] = []
    at: str | None = name
    while at is not None:
        names.insert(0, at)
        at = scenarios[at].extends
    policies: set[str] = set()
    settings: Settings = []
    for step in names:
        policies = (policies - set(scenarios[step].without)) | set(scenarios[step].policies)
        settings += list(flatten(scenarios[step].set, ("scenarios", step, "set")))
    return Chain(tuple(names), tuple(sorted(policies)), settings, scenarios[name].extends)


def flatten(
    values: Mapping[str, Any], origin: Path_, outer: Path_ = ()
) -> Iterable[tuple[Path_, Any, Path_]]:
    """Yield (path, value, origin) of every value set.

    Keys with dots are paths; sections nest as they do in a file, down to the entry, whose fields are
    merged into it, or make a new one.

    Examples
    --------
    >>> list(flatten({"facilities.kuantan": {"capacity": "9"}}, ()))
    [(('facilities', 'kuantan'), {'capacity': '9'}, ('facilities.kuantan',))]
    """
    for key, value in values.items():
        parts = tuple(str(key).split("."))
        path = (*outer, *parts)
        if len(parts) == 1 and len(path) < ENTRY and isinstance(value, Mapping):
            yield from flatten(value, (*origin, key), path)
        else:
            yield path, value, (*origin, key)


def merged(document: Document, settings: Settings) -> Document:
    """Return a document with values set; the old one is left as it is.

    Faults (a path that leads nowhere) are added to the new document's problems, at the place where
    the value was set.
    """
    result = replace(
        document,
        data=document.data,
        values=dict(document.values),
        keys=dict(document.keys),
        aliases=dict(document.aliases),
        problems=[],
        partial=[],
    )
    owned: dict[int, Any] = {}
    for path, value, origin in settings:
        if origin[:1] != ("scenarios",):  # set in Python or on a command line: it stands in no file
            result.values[origin] = result.keys[origin] = NOWHERE
        _set(result, path, plain_value(result, origin, value), origin, owned)
    return result


def _set(document: Document, path: Path_, value: Any, origin: Path_, owned: dict[int, Any]) -> None:
    """Set one value, copying the containers on its way, each once; ``owned`` holds the copies."""
    if len(path) < 2 and not (path and path[0] in ("name", "description")):
        message = f"'{shorten(dotted(path))}' is not the path of a value: section.entry.field"
        document.report(origin, message, at_key=True)
        return
    if path[0] in FIXED:
        document.report(origin, f"a scenario cannot change `{path[0]}:`", at_key=True)
        return
    inner: Any = _own(document.data, owned)
    document.data = inner
    steps: list[str | int] = []
    for key in path[:-1]:
        found = _find(inner, key)
        if found is None and not steps and (isinstance(value, Mapping) or key == "horizon"):
            found = {}
        if not (isinstance(found, Mapping) or is_list(found)):
            document.report(origin, _nowhere(inner, key, steps, found), at_key=True)
            return
        copy = _own(found, owned)
        step = _item(inner, key) if is_list(inner) else key
        assert step is not None
        inner[step] = copy
        steps.append(step)
        inner = copy
    _put(document, inner, (*steps, path[-1]), value, origin)


def _own(container: Any, owned: dict[int, Any]) -> Any:
    """Return a copy of a container, or itself if it is one."""
    if id(container) in owned:
        return container
    copy: Any = (
        container.changed()
        if isinstance(container, LaneRows)
        else list(container)
        if is_list(container)
        else dict(container)
    )
    owned[id(copy)] = copy
    return copy


def _nowhere(container: Any, key: str | int, steps: Sequence[str | int], found: Any) -> str:
    """Say where a path ends that leads nowhere."""
    whole = shorten(dotted(tuple(steps))) or "the file"
    if found is not None:
        return f"'{shorten(key)}' of {whole} has no parts that could be set"
    if is_list(container):
        return f"'{shorten(key)}' is no item of {whole}; they are numbered 0 to {len(container) - 1}"
    return f"there is no '{shorten(key)}' under {whole}{suggest(str(key), map(str, container))}"


def _find(container: Any, key: str | int) -> Any:
    if is_list(container):
        number = _item(container, key)
        return None if number is None else container[number]
    return container.get(key)


def _item(container: Sequence[Any], key: str | int) -> int | None:
    """Return the number of a list's item, if there is one."""
    text = str(key)
    is_number = text.isascii() and text.isdecimal() and len(text) < 10
    return int(text) if is_number and int(text) < len(container) else None


def _put(document: Document, container: Any, path: Path_, value: Any, origin: Path_) -> None:
    *steps, key = path
    if is_list(container):
        number = _item(container, key)
        if number is None:
            document.report(origin, _nowhere(container, key, steps, None), at_key=True)
            return
        container[number] = value
        path = (*steps, number)
    else:
        old = container.get(key)
        is_entry = len(path) == 2 and path[0] != "horizon"
        if is_entry and old is None and not isinstance(value, Mapping):
            document.report(origin, _nowhere(container, key, steps, None), at_key=True)
            return
        container[key] = _merge(old, value)
    _move_places(document, path, origin, value)


def _merge(old: Any, new: Any) -> Any:
    """Return mappings merged, and anything else replaced."""
    if not isinstance(old, Mapping) or not isinstance(new, Mapping):
        return new
    whole = dict(old)
    for key, value in new.items():
        whole[key] = _merge(whole.get(key), value)
    return whole


def _move_places(document: Document, path: Path_, origin: Path_, value: Any) -> None:
    """Let the new value's places be those where the scenario wrote it."""
    document.aliases[path] = origin
    for places in (document.values, document.keys):
        places.setdefault(origin, document.place(origin))
    if isinstance(_at(document.data, path), Mapping):
        del document.aliases[path]
        for inner in _parts_of(value):
            old, new = (*origin, *inner), (*path, *inner)
            if old in document.values:
                document.values[new] = document.values[old]
                document.keys[new] = document.keys.get(old, document.values[old])


def _parts_of(value: Any) -> Iterable[Path_]:
    """Yield the path of everything within a value."""
    items = (
        value.items() if isinstance(value, Mapping) else enumerate(value) if isinstance(value, list) else ()
    )
    for key, item in items:
        yield (key,)
        for inner in _parts_of(item):
            yield (key, *inner)


def _at(data: Any, path: Path_) -> Any:
    for key in path:
        data = _find(data, key)
    return data

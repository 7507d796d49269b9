"""The classes that hold the entries of a file, and how their fields are declared.

Each field's explanation stands under it; unit, kind, default and bounds stand in `field`.
"""

from __future__ import annotations

import ast
import datetime
import functools
import inspect
import itertools
import textwrap
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, NamedTuple, cast

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SkipValidation,
    ValidationError,
    ValidationInfo,
    field_validator,
)
from pydantic.fields import FieldInfo
from pydantic_core import PydanticCustomError

from resilience.errors import InputError, Problem
from resilience.fields.faults import Fault, Faults, shown
from resilience.fields.findings import findings
from resilience.fields.plain import plain
from resilience.fields.readers import read_value
from resilience.fields.units import Units
from resilience.fields.values import Curve, Duration, FreightRate, Schedule, Tier

if TYPE_CHECKING:
    from pydantic._internal._model_construction import ModelMetaclass
else:
    ModelMetaclass = type(BaseModel)

Quantity = Annotated[float | Schedule, SkipValidation]
Number = Annotated[float, SkipValidation]
Names = Annotated[tuple[str, ...], SkipValidation]
Amounts = Annotated[Mapping[str, float], SkipValidation]
Parties = Annotated[tuple[str, ...] | Mapping[str, float], SkipValidation]
Tiers = Annotated[float | Schedule | tuple[Tier, ...] | Curve, SkipValidation]
Freight = Annotated[float | Schedule | FreightRate, SkipValidation]
Location = Annotated[tuple[float, float], SkipValidation]
Shares = Annotated[tuple[float, ...], SkipValidation]
Date = Annotated[datetime.date, SkipValidation]
LeadTime = Annotated[Duration, SkipValidation]
ByField = Annotated[Mapping[str, tuple[str, ...]], SkipValidation]
Flag = Annotated[bool, SkipValidation]
Text = Annotated[str, SkipValidation]
"""Types of fields that `Section` reads itself, by the kind that each field declares."""


def field(
    unit: str = "",
    *,
    kind: str = "",
    default: Any = ...,
    alias: str | None = None,
    ref: str = "",
    places: tuple[str, ...] = (),
    **bounds: float,
) -> Any:
    """Declare a field: its unit, kind, default, bounds, and what its names refer to.

    Parameters
    ----------
    unit : str
        In ``mass``, ``currency``, ``yr``, ``km`` or ``share``.
    kind : str
        One of `READERS`, or ``quantity`` (may change at dates) or ``number``; ``quantity`` if there is a
        unit, else ``text``.
    default : any
        Left out, the field is required.
    alias : str, optional
        The field's key in a file, where Python cannot spell it.
    ref : str
        What its names refer to: ``commodity``, ``country``, ...
    places : tuple of str
        Of a selector of places, the kinds that its ids may be: ``facility``, ``hub``, ...; any if empty.
    **bounds : float
        ``ge``, ``gt``, ``le``, ``lt``.
    """
    kind = kind or ("quantity" if unit else "text")
    extra: Any = {"unit": unit, "kind": kind, "ref": ref, "bounds": bounds, "places": places}
    return Field(default, alias=alias, json_schema_extra=extra)


class Told(ModelMetaclass):
    """Makes an entry from Python, and turns what pydantic finds wrong into our error, all of it at once.

    A file's entries are not made this way, but validated.
    """

    def __call__(cls, *args: Any, **fields: Any) -> Any:
        """Return the entry.

        Raises
        ------
        InputError
            With every fault, each at its field.
        """
        name, kind = cls.__name__, cast(type[BaseModel], cls)
        if args:
            first = next((key for key, spec in kind.model_fields.items() if spec.is_required()), "...")
            told = f"{shown(args[0])} has no name; write which field it is, as in {name}({first}=...)"
            raise InputError([Problem(path=name, message=told)])
        try:
            return super().__call__(**fields)
        except ValidationError as error:
            faults = list(findings(kind, error, in_python=True))
        raise InputError(
            [Problem(path=".".join(map(str, (name, *fault.path))), message=str(fault)) for fault in faults]
        )


class Section(BaseModel, metaclass=Told):
    """Base of all classes that hold an entry of a file: frozen, and without unknown keys."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        defer_build=True,  # most files use a few of the classes
        validate_by_name=True,
        validate_by_alias=True,
        arbitrary_types_allowed=True,
        protected_namespaces=(),
    )
    kind_of_entry: ClassVar[str] = "entry"

    @field_validator("*", mode="before")
    @classmethod
    def _read_field(cls, value: Any, info: ValidationInfo) -> Any:
        """Interpret a value by its field's kind, unit and bounds."""
        rule = rules_of(cls)[info.field_name or ""]
        if not rule.kind:
            return value
        if value is None and not rule.spec.is_required():
            return rule.spec.get_default(call_default_factory=True)
        units = info.context if isinstance(info.context, Units) else Units()
        if type(value) is not str and _is_read(value, rule.kind):
            return value
        given = plain(value) if info.context is None else value
        try:
            return read_value(given, rule.kind, rule.unit, units, rule.bounds)
        except Faults as faults:
            raise _as_pydantic(faults.faults) from None
        except Fault as fault:
            raise _as_pydantic([fault]) from None


class Rule(NamedTuple):
    """How a field is declared.

    Parameters
    ----------
    spec : FieldInfo
        As pydantic holds it.
    key : str
        What it is called in a file.
    kind, unit, ref, bounds : str, str, str and mapping
        As given to `field`; the kind is ``""`` where pydantic reads it.
    """

    spec: FieldInfo
    key: str
    kind: str
    unit: str
    ref: str
    bounds: Mapping[str, float]


@functools.cache
def rules_of(kind: type[BaseModel]) -> Mapping[str, Rule]:
    """Return how each field of a class is declared, looked up once.

    Examples
    --------
    >>> class Mine(Section):
    ...     depth: Number = field("km", kind="number", ge=0)
    >>> rule = rules_of(Mine)["depth"]
    >>> rule.kind, rule.unit, rule.bounds
    ('number', 'km', {'ge': 0})
    """
    found = {}
    for name, spec in kind.model_fields.items():
        extra: Any = spec.json_schema_extra if isinstance(spec.json_schema_extra, dict) else {}
        read = str(extra.get("kind") or "any")
        found[name] = Rule(
            spec,
            spec.alias or name,
            "" if read == "any" else read,
            str(extra.get("unit", "")),
            str(extra.get("ref", "")),
            cast(Mapping[str, float], extra.get("bounds", {})),
        )
    return found


@functools.cache
def explanations(kind: type[Section]) -> Mapping[str, str]:
    """Return the explanation that stands under each field of a class, inherited ones included.

    Examples
    --------
    >>> class Mine(Section):
    ...     depth: Number = field("km", kind="number")
    >>> explanations(Mine)
    {}
    """
    found: dict[str, str] = {}
    for base in reversed(
        [part for part in kind.__mro__ if part is not Section and issubclass(part, Section)]
    ):
        try:
            tree = ast.parse(textwrap.dedent(inspect.getsource(base)))
        except (OSError, TypeError):
            continue  # made where there is no source to read
        body = tree.body[0].body if isinstance(tree.body[0], ast.ClassDef) else []
        for declared, text in itertools.pairwise(body):
            if isinstance(declared, ast.AnnAssign) and isinstance(text, ast.Expr):
                value, target = text.value, declared.target
                if isinstance(value, ast.Constant) and isinstance(target, ast.Name):
                    found[target.id] = inspect.cleandoc(str(value.value))
    return found


def fault(message: str, *path: str | int) -> PydanticCustomError:
    """Return an error at a field of the entry that is being checked."""
    return _as_pydantic([Fault(message, path)])


READ_TYPES: Mapping[str, tuple[type, ...]] = {
    "quantity": (Schedule,),
    "duration": (Duration,),
    "freight": (Schedule, FreightRate),
    "tiers": (Schedule, Curve),
    "prices": (Schedule, Curve),
}


def _is_read(value: Any, kind: str) -> bool:
    """Say whether a value made in Python is already of the class that reading would give."""
    if kind in ("tiers", "prices") and isinstance(value, tuple) and value:
        return all(isinstance(item, Tier) for item in value)
    return isinstance(value, READ_TYPES.get(kind, ()))


def _as_pydantic(faults: Sequence[Fault]) -> PydanticCustomError:
    message = "; ".join(map(str, faults)).replace("{", "(").replace("}", ")")
    return PydanticCustomError("faults", message, {"faults": list(faults)})

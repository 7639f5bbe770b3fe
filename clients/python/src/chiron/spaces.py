"""
Describes search spaces: `{"lr": log(1e-5, 1), "layers": integer(1, 8), "act": ["relu", "gelu"]}`.

Beside the functions below a parameter may be
- a list: its values are the choices; increasing numbers are ordered (`ordinal`), any others are not (`categorical`);
- a range: an integer with its bounds and step;
- a single value: every trial gets it (`fixed`);
- a mapping: the parameter as the service's JSON has it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Union

from .errors import InvalidSpace
from .plain import plain

Value = Union[int, float, str, bool]
Parameter = dict[str, Any]


def real(
    low: float,
    high: float,
    *,
    log: bool = False,
    step: float | None = None,
    default: float | None = None,
    when: Mapping[str, Any] | None = None,
    description: str | None = None,
) -> Parameter:
    """A number from low to high. `log` searches it on a logarithmic scale."""
    return _parameter("float", default, when, description, low=low, high=high, log=log or None, step=step)


def log(
    low: float,
    high: float,
    *,
    default: float | None = None,
    when: Mapping[str, Any] | None = None,
    description: str | None = None,
) -> Parameter:
    """A number from low to high on a logarithmic scale: learning rates, weight decays."""
    return real(low, high, log=True, default=default, when=when, description=description)


def integer(
    low: int,
    high: int,
    *,
    log: bool = False,
    step: int | None = None,
    power_of_two: bool = False,
    default: int | None = None,
    when: Mapping[str, Any] | None = None,
    description: str | None = None,
) -> Parameter:
    """An integer from low to high, both included."""
    fields = {"low": low, "high": high, "log": log or None, "step": step, "powerOfTwo": power_of_two or None}
    return _parameter("int", default, when, description, **fields)


def categorical(
    *choices: Any,
    default: Value | None = None,
    when: Mapping[str, Any] | None = None,
    description: str | None = None,
) -> Parameter:
    """One of the choices, which have no order: `categorical("relu", "gelu")`, or one list."""
    return _parameter("categorical", default, when, description, choices=_choices(choices))


def ordinal(
    *choices: Any,
    default: Value | None = None,
    when: Mapping[str, Any] | None = None,
    description: str | None = None,
) -> Parameter:
    """One of the choices, which are ordered: `ordinal(16, 32, 64)`."""
    return _parameter("ordinal", default, when, description, choices=_choices(choices))


def boolean(
    *,
    default: bool | None = None,
    when: Mapping[str, Any] | None = None,
    description: str | None = None,
) -> Parameter:
    """True or false."""
    return _parameter("bool", default, when, description)


def fixed(value: Value, *, description: str | None = None) -> Parameter:
    """One value that every trial gets."""
    return _parameter("fixed", None, None, description, value=value)


def space(
    parameters: Mapping[str, Any],
    *,
    derived: Mapping[str, str] | None = None,
    constraints: Sequence[str | Mapping[str, Any]] | None = None,
    memory: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """A space with expressions: derived quantities, constraints, and the memory that a trial needs."""
    extra = {"derived": derived, "constraints": constraints, "memory": memory}
    read = {name: _read(name, given) for name, given in parameters.items()}
    return {"parameters": read, **{name: plain(part) for name, part in extra.items() if part is not None}}


def read_space(given: str | Mapping[str, Any]) -> str | dict[str, Any]:
    """The space of a study: a name of the service's catalogue, its JSON, or parameters alone."""
    if isinstance(given, str):
        return given
    if not isinstance(given, Mapping):
        raise InvalidSpace(f"A space is a mapping from names to parameters, not a {type(given).__name__}")
    parameters = given.get("parameters")
    if isinstance(parameters, Mapping) and not isinstance(parameters.get("type"), str):
        return {**plain({k: v for k, v in given.items() if k != "parameters"}), **space(parameters)}
    return space(given)


def _read(name: str, given: Any) -> Parameter:
    try:
        return _as_parameter(given)
    except (TypeError, ValueError) as error:
        raise InvalidSpace(f"Parameter {name}: {error}") from None


def _as_parameter(given: Any) -> Parameter:
    if isinstance(given, Mapping):
        if "type" not in given:
            raise ValueError('its JSON needs a "type", such as "float" (see docs/spaces.md)')
        return dict(plain(given))
    if isinstance(given, range):
        if len(given) < 2 or given.step < 0:
            raise ValueError(f"{given!r} has fewer than two increasing values")
        return integer(given[0], given[-1], step=None if given.step == 1 else given.step)
    if isinstance(given, tuple):
        raise ValueError(f"{given!r} may be a range or choices: write real{given!r}, log{given!r} or a list")
    value = plain(given)
    if isinstance(value, list):
        return ordinal(*value) if _increases(value) else categorical(*value)
    return fixed(value)


def _increases(values: list[Any]) -> bool:
    numeric = all(isinstance(v, (int, float)) and not isinstance(v, bool) for v in values)
    return numeric and all(a < b for a, b in zip(values, values[1:], strict=False))


def _choices(given: tuple[Any, ...]) -> list[Value]:
    only = given[0] if len(given) == 1 else given
    listed = only if isinstance(only, Iterable) and not isinstance(only, (str, Mapping)) else [only]
    choices = [plain(choice) for choice in listed]
    for choice in choices:
        if not isinstance(choice, (int, float, str, bool)):
            raise InvalidSpace(
                f"A choice is a number, a string or a boolean, not {choice!r}: name it by a string"
            )
    return choices


def _parameter(
    kind: str, default: Any, when: Mapping[str, Any] | None, description: str | None, **fields: Any
) -> Parameter:
    given = {"type": kind, **fields, "default": default, "when": when, "description": description}
    return {name: plain(part) for name, part in given.items() if part is not None}

"""Turns values of NumPy, PyTorch and the like into the numbers, strings and booleans that JSON has."""

from __future__ import annotations

import json
import math
import numbers
from collections.abc import Mapping
from typing import Any


def plain(value: Any) -> Any:
    """A scalar of any library as Python's own; lists and mappings, all their members."""
    if value is None or isinstance(value, (bool, str)) or type(value) in (int, float):
        return value
    if isinstance(value, Mapping):
        return {str(key): plain(member) for key, member in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain(member) for member in value]
    if hasattr(value, "dtype") and hasattr(value, "tolist"):  # an array or a tensor: also of no dimension
        return value.tolist()
    if isinstance(value, numbers.Integral):
        return int(value)
    if isinstance(value, numbers.Real):
        return float(value)
    raise TypeError(f"{value!r} is a {type(value).__name__}: send a number, a string or a boolean")


def number(value: Any) -> float | int:
    """A result as one number. A tensor with one element is a number too."""
    found = plain(value)
    while isinstance(found, list) and len(found) == 1:
        found = found[0]
    if isinstance(found, (int, float)) and not isinstance(found, bool):
        return found
    raise TypeError(f"a value is one number, not {value!r}")


def encode(body: Any) -> bytes:
    """JSON. A number that is not finite is written as a string, as the service reads it."""
    return json.dumps(_finite(plain(body)), allow_nan=False, separators=(",", ":")).encode()


def _finite(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    if isinstance(value, dict):
        return {key: _finite(member) for key, member in value.items()}
    if isinstance(value, list):
        return [_finite(member) for member in value]
    return value

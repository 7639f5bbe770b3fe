"""Choices of other libraries, which may be any objects, as values that the service can store."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any


def label_choices(choices: Sequence[Any]) -> list[Any]:
    """The choices themselves; where the service has no such value or could not tell two apart, texts."""
    simple = all(isinstance(c, (str, bool, int, float)) and _is_finite(c) for c in choices)
    if simple and len(set(choices)) == len(choices):
        return list(choices)
    return [f"{number}: {choice!r}"[:1000] for number, choice in enumerate(choices)]


def _is_finite(choice: Any) -> bool:
    return not isinstance(choice, float) or math.isfinite(choice)

"""How an objective wants to be called: with the trial, with the parameters by their names, or with both."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .trials import Trial

Call = Callable[["Trial"], Any]


def adapt(train: Callable[..., Any], space: object) -> Call:
    """A function of a trial. Refuses at once a function that cannot take the parameters of the space."""
    names = _parameters(space)
    takes = list(inspect.signature(train).parameters.values())
    plain = [p for p in takes if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    if len(takes) == len(plain) == 1 and plain[0].name not in names:
        return train
    takes_trial = any(p.name == "trial" for p in takes) and "trial" not in names
    takes_all = any(p.kind is p.VAR_KEYWORD for p in takes)
    named = {p.name for p in takes if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)}
    if takes_trial and not takes_all and named == {"trial"}:
        return lambda trial: train(trial=trial)
    lacking = names - named
    if lacking and not takes_all:
        name = getattr(train, "__name__", repr(train))
        raise TypeError(
            f"{name} does not take {', '.join(sorted(lacking))}: add them, **params, or take the trial alone"
        )
    return lambda trial: train(**trial.params, **({"trial": trial} if takes_trial else {}))


def _parameters(space: object) -> set[str]:
    """Empty where the study names a space of the catalogue."""
    parameters = space.get("parameters") if isinstance(space, Mapping) else None
    return set(parameters) if isinstance(parameters, Mapping) else set()

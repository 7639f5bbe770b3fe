"""The spec of a study, from keyword arguments to the service's JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypedDict, Union

from .plain import plain
from .spaces import read_space

Pruning = Union[str, Mapping[str, Any]]


class StudyOptions(TypedDict, total=False):
    """What studies and the studies of an experiment have in common; docs/api.md explains each."""

    #: The name of the metric to make small, or large.
    minimize: str
    maximize: str
    #: The budget: trials, seconds of training, seconds reserved for one trial, seconds since the study was created.
    trials: int
    train_seconds: float
    trial_seconds: float
    wall_seconds: float
    #: More limits, as the service's JSON has them: {"llmUsd": 5}.
    budget: Mapping[str, Any]
    method: Union[str, Mapping[str, Any]]
    fixed: Mapping[str, Any]
    #: "median", "halving" or "forecast", or such a rule with its options.
    pruning: Pruning
    #: The standard deviation of repeated measurements of one configuration; 0 without noise.
    noise: float
    trainer: str
    parallel: int
    confirm: int
    lease_seconds: float
    max_attempts: int
    #: Earlier studies, or what the API takes: {"studies": […], "as": "model"} or {"from": "finished"}.
    warm_start: Sequence[str] | Mapping[str, Any]


def spec_of(space: str | Mapping[str, Any] | None, options: StudyOptions) -> dict[str, Any]:
    """Only what was given: the service has the defaults."""
    unknown = set(options) - set(StudyOptions.__annotations__)
    if unknown:
        known = ", ".join(sorted(StudyOptions.__annotations__))
        raise TypeError(f"A study has no option {', '.join(sorted(unknown))}; it has {known}")
    spec: dict[str, Any] = {name: plain(options[name]) for name in _SAME if name in options}  # type: ignore[literal-required]
    if space is not None:
        spec["space"] = read_space(space)
    parts = {"objective": _objective(options), "budget": _budget(options), "lease": _lease(options)}
    spec.update({name: part for name, part in parts.items() if part})
    if "pruning" in options:
        rule = options["pruning"]
        spec["pruning"] = {"rule": rule} if isinstance(rule, str) else plain(rule)
    if "warm_start" in options:
        earlier = options["warm_start"]
        spec["warmStart"] = plain(earlier) if isinstance(earlier, Mapping) else {"studies": list(earlier)}
    return spec


_SAME = ("method", "fixed", "trainer", "parallel", "confirm")


def _objective(options: StudyOptions) -> dict[str, Any]:
    smaller, larger = options.get("minimize"), options.get("maximize")
    if smaller is not None and larger is not None:
        raise TypeError("A study has one metric: give minimize=… or maximize=…, not both")
    noise = {"noise": plain(options["noise"])} if "noise" in options else {}
    if larger is not None:
        return {"metric": larger, "direction": "maximize", **noise}
    if smaller is not None:
        return {"metric": smaller, "direction": "minimize", **noise}
    return {"metric": "value", **noise} if noise else {}


def _budget(options: StudyOptions) -> dict[str, Any]:
    limits = {
        "trials": options.get("trials"),
        "trainSeconds": options.get("train_seconds"),
        "trialSeconds": options.get("trial_seconds"),
        "wallSeconds": options.get("wall_seconds"),
    }
    given = {name: plain(limit) for name, limit in limits.items() if limit is not None}
    return {**plain(options.get("budget", {})), **given}


def _lease(options: StudyOptions) -> dict[str, Any]:
    parts = {"seconds": options.get("lease_seconds"), "maxAttempts": options.get("max_attempts")}
    return {name: plain(part) for name, part in parts.items() if part is not None}

"""
Optuna with Chiron's optimizers and ledger: `optuna.create_study(sampler=chiron.optuna.ChironSampler())`.

The Optuna study stays as it is: its objective, its storage, its callbacks. Each of its trials asks Chiron for its
parameters, keeps the lease while the objective runs, and tells the result. So Optuna workers on many machines share one
study of the service.

Optuna learns the space while the objective runs, the service knows it before. Give it by `space=`, in Optuna's
distributions or in those of this client. Otherwise the first trial is drawn at random by Optuna and imported: its
parameters become the space.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

import optuna
from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.pruners import BasePruner
from optuna.samplers import BaseSampler, RandomSampler
from optuna.study import StudyDirection
from optuna.trial import FrozenTrial, TrialState

from .choices import label_choices
from .defaults import connection_of
from .errors import ChironError
from .plain import plain
from .spaces import space
from .specs import StudyOptions
from .studies import Study
from .studies import study as open_study
from .trials import Trial

#: The mark of an Optuna trial that the service was asked for: the number of its trial there.
_MARK = "chiron"


class ChironSampler(BaseSampler):
    """
    Asks the Chiron study `name` (by default the Optuna study's) for parameters. `options` are those of `chiron.study`:
    method, trials, noise, …; `seed` is that of the search.
    """

    def __init__(
        self,
        space: Mapping[str, Any] | None = None,
        *,
        name: str | None = None,
        seed: int = 0,
        server: str | None = None,
        token: str | None = None,
        **options: Any,
    ) -> None:
        #: What was given, as the service reads it and as Optuna does.
        self._parameters = None if space is None else {n: _read_given(n, p) for n, p in space.items()}
        self._given = None if space is None else {n: _as_distribution(n, p) for n, p in space.items()}
        self._name = name
        self._seed = seed
        self._connection = connection_of(server, token)
        self._options = options
        self._random = RandomSampler(seed)
        self._studies: dict[str, Study] = {}
        self._trials: dict[int, Trial] = {}

    def infer_relative_search_space(
        self, study: optuna.Study, trial: FrozenTrial
    ) -> dict[str, BaseDistribution]:
        return self._space_of(study) or {}

    def sample_relative(
        self, study: optuna.Study, trial: FrozenTrial, search_space: dict[str, BaseDistribution]
    ) -> dict[str, Any]:
        if not search_space or "fixed_params" in trial.system_attrs:
            return {}
        asked = _ask(self._open(study, search_space))
        self._trials[trial._trial_id] = asked
        study._storage.set_trial_system_attr(trial._trial_id, _MARK, asked.number)
        return {n: _from_service(search_space[n], v) for n, v in asked.params.items() if n in search_space}

    def sample_independent(
        self, study: optuna.Study, trial: FrozenTrial, param_name: str, param_distribution: BaseDistribution
    ) -> Any:
        """Of the first trial, where no space was given, and of parameters that it did not have."""
        return self._random.sample_independent(study, trial, param_name, param_distribution)

    def before_trial(self, study: optuna.Study, trial: FrozenTrial) -> None:
        self._raise_error_if_multi_objective(study)
        self._random.before_trial(study, trial)

    def after_trial(
        self, study: optuna.Study, trial: FrozenTrial, state: TrialState, values: Sequence[float] | None
    ) -> None:
        asked = self._trials.pop(trial._trial_id, None)
        if asked is not None and _ran_as_asked(asked, trial):
            return _tell(asked, trial, state, values)
        if asked is not None:
            asked.cancel()
        if state is TrialState.COMPLETE and values is not None:
            self._import(study, trial, values[0])

    def reseed_rng(self) -> None:
        self._random.reseed_rng()

    def trial_of(self, trial: FrozenTrial) -> Trial | None:
        """Chiron's trial of an Optuna trial that runs here."""
        return self._trials.get(trial._trial_id)

    def _space_of(self, study: optuna.Study) -> dict[str, BaseDistribution] | None:
        """What was given, or what the first complete trial had."""
        if self._given is not None:
            return self._given
        ended = study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
        first = min(ended, key=lambda t: t.number, default=None)
        return None if first is None else dict(first.distributions)

    def _open(self, study: optuna.Study, space: Mapping[str, BaseDistribution]) -> Study:
        name = self._name or study.study_name
        if name not in self._studies:
            larger = study.direction is StudyDirection.MAXIMIZE
            options = cast(StudyOptions, {**self._options, "maximize" if larger else "minimize": "value"})
            parameters = self._parameters or {n: _to_service(n, d) for n, d in space.items()}
            server, token = self._connection.address, self._connection.token
            opened = open_study(name, parameters, seed=self._seed, server=server, token=token, **options)
            self._studies[name] = opened
            if self._given is None:
                self._import_earlier(opened, study)
        return self._studies[name]

    def _import_earlier(self, opened: Study, study: optuna.Study) -> None:
        """The trials that found the space, which were not asked for."""
        for trial in study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,)):
            if _MARK not in trial.system_attrs and trial.value is not None:
                _add(opened, study, trial, trial.value)

    def _import(self, study: optuna.Study, trial: FrozenTrial, value: float) -> None:
        """A trial whose parameters were given to Optuna (enqueue_trial)."""
        space = self._space_of(study)
        if space is not None:
            _add(self._open(study, space), study, trial, value)


class ChironPruner(BasePruner):
    """Lets the rule of the Chiron study decide: `ChironPruner(sampler)`, with `pruning="median"` in the sampler."""

    def __init__(self, sampler: ChironSampler) -> None:
        self._sampler = sampler

    def prune(self, study: optuna.Study, trial: FrozenTrial) -> bool:
        asked, step = self._sampler.trial_of(trial), trial.last_step
        if asked is None or step is None:
            return False
        return asked.report(step, trial.intermediate_values[step], raises=False)


def import_study(
    study: optuna.Study,
    name: str | None = None,
    space: Mapping[str, Any] | None = None,
    *,
    server: str | None = None,
    token: str | None = None,
    **options: Any,
) -> Study:
    """
    Creates a Chiron study with all ended trials of an Optuna study; a second call imports what is new. Load theirs by
    `optuna.load_study(study_name=…, storage="sqlite:///…")`. Where parameters depend on one another give the `space`.
    """
    if study._is_multi_objective():
        raise ChironError(
            f"Optuna study {study.study_name} has several objectives: Chiron optimizes one value"
        )
    ended = study.get_trials(deepcopy=False, states=tuple(_OUTCOMES))
    found = {n: _as_distribution(n, p) for n, p in space.items()} if space else _common_space(study, ended)
    parameters = {n: _read_given(n, p) for n, p in (space or found).items()}
    aim = "maximize" if study.direction is StudyDirection.MAXIMIZE else "minimize"
    given = cast(StudyOptions, {**options, aim: "value"})
    opened = open_study(name or study.study_name, parameters, server=server, token=token, **given)
    rows = [_row(study, trial, found) for trial in ended]
    for first in range(0, len(rows), _ROWS):
        opened.connection.post(f"{opened.path}/import", rows[first : first + _ROWS])
    return opened


#: The rows of one request: others are answered between two.
_ROWS = 1000
_OUTCOMES = {TrialState.COMPLETE: "complete", TrialState.PRUNED: "pruned", TrialState.FAIL: "crashed"}


def _common_space(study: optuna.Study, trials: Sequence[FrozenTrial]) -> dict[str, BaseDistribution]:
    """The parameters that every trial has."""
    found: dict[str, BaseDistribution] = {}
    for trial in trials:
        found.update(trial.distributions)
    lacking = {name for name in found for trial in trials if name not in trial.params}
    if lacking:
        names = ", ".join(sorted(lacking))
        raise ChironError(
            f"Some trials of {study.study_name} have no {names}: give a space that says when they are active"
        )
    return found


def _row(study: optuna.Study, trial: FrozenTrial, space: Mapping[str, BaseDistribution]) -> dict[str, Any]:
    last = None if trial.last_step is None else trial.intermediate_values[trial.last_step]
    value = {TrialState.COMPLETE: trial.value, TrialState.PRUNED: last}.get(trial.state)
    seconds = None if trial.duration is None else trial.duration.total_seconds()
    row = {
        "params": {name: _to_value(space[name], part) for name, part in trial.params.items()},
        "outcome": _OUTCOMES[trial.state],
        "value": value,
        "trainSeconds": seconds,
        "idempotencyKey": _key(study, trial),
    }
    return {name: part for name, part in row.items() if part is not None}


def _key(study: optuna.Study, trial: FrozenTrial) -> str:
    return f"optuna {study.study_name} {trial.number}"


def _ask(opened: Study) -> Trial:
    asked = opened.ask()
    if asked is None:
        raise ChironError(
            f"Study {opened.name} is finished: give it a larger budget, or stop the Optuna study"
        )
    return asked


def _ran_as_asked(asked: Trial, trial: FrozenTrial) -> bool:
    """An objective may suggest a parameter in bounds of its own, and Optuna then draws another value."""
    both = asked.params.keys() & trial.params.keys()
    return all(
        _to_value(trial.distributions[name], trial.params[name]) == asked.params[name] for name in both
    )


def _tell(asked: Trial, trial: FrozenTrial, state: TrialState, values: Sequence[float] | None) -> None:
    if state is TrialState.COMPLETE and values is not None:
        asked.tell(values[0])
    elif state is TrialState.PRUNED:
        last = trial.last_step
        asked.prune(None if last is None else trial.intermediate_values[last])
    else:
        asked.fail("crashed", "The Optuna trial failed: by an exception, or by a value that is no number")


def _add(opened: Study, study: optuna.Study, trial: FrozenTrial, value: float) -> None:
    known = _parameters(opened)
    params = {n: _to_value(d, trial.params[n]) for n, d in trial.distributions.items() if n in known}
    opened.add(params, value, key=_key(study, trial))


def _parameters(opened: Study) -> Mapping[str, Any]:
    parameters: Mapping[str, Any] = opened.spec["space"]["parameters"]
    return parameters


# Distributions


def _read_given(name: str, given: Any) -> dict[str, Any]:
    if isinstance(given, BaseDistribution):
        return _to_service(name, given)
    parameter: dict[str, Any] = space({name: given})["parameters"][name]
    return parameter


def _as_distribution(name: str, given: Any) -> BaseDistribution:
    """Optuna's own, or a parameter as this client writes it."""
    if isinstance(given, BaseDistribution):
        return given
    found = _read_given(name, given)
    kind, scale = found["type"], {"log": found.get("log", False)}
    if kind == "float":
        return FloatDistribution(float(found["low"]), float(found["high"]), step=found.get("step"), **scale)
    if kind == "int":
        return IntDistribution(found["low"], found["high"], step=found.get("step", 1), **scale)
    if kind in ("categorical", "ordinal"):
        return CategoricalDistribution(found["choices"])
    if kind == "bool":
        return CategoricalDistribution([False, True])
    return CategoricalDistribution([found["value"]])


def _to_service(name: str, distribution: BaseDistribution) -> dict[str, Any]:
    if distribution.single():
        return {"type": "fixed", "value": _to_value(distribution, _only_value(distribution))}
    if isinstance(distribution, (FloatDistribution, IntDistribution)):
        kind = "float" if isinstance(distribution, FloatDistribution) else "int"
        found: dict[str, Any] = {"type": kind, "low": distribution.low, "high": distribution.high}
        if distribution.log:
            return {**found, "log": True}
        step = distribution.step
        return found if step is None or (kind == "int" and step == 1) else {**found, "step": step}
    if isinstance(distribution, CategoricalDistribution):
        return {"type": "categorical", "choices": label_choices(distribution.choices)}
    raise ChironError(
        f"Parameter {name}: Chiron has no counterpart of {type(distribution).__name__}: "
        "use a float, an integer or a categorical distribution"
    )


def _only_value(distribution: BaseDistribution) -> Any:
    if isinstance(distribution, CategoricalDistribution):
        return distribution.choices[0]
    return distribution.low  # type: ignore[attr-defined]


def _to_value(distribution: BaseDistribution, value: Any) -> Any:
    if isinstance(distribution, CategoricalDistribution):
        return label_choices(distribution.choices)[distribution.choices.index(value)]
    return plain(value)


def _from_service(distribution: BaseDistribution, value: Any) -> Any:
    if isinstance(distribution, CategoricalDistribution):
        labels = label_choices(distribution.choices)
        return distribution.choices[labels.index(value)]
    return float(value) if isinstance(distribution, FloatDistribution) else int(value)

"""
Ray Tune with Chiron's optimizers and ledger: `tune.TuneConfig(search_alg=chiron.ray.ChironSearch("name"))`.

Tune runs the trials; each asks the service for its configuration and tells its result. The search runs in the process
of the Tuner, so the service needs to be reachable from there alone.
"""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from typing import Any, cast

from ray.tune.search import Searcher
from ray.tune.search.sample import Categorical, Domain, Float, Integer, LogUniform, Quantized, Uniform
from ray.tune.search.variant_generator import parse_spec_vars

from .choices import label_choices
from .defaults import connection_of
from .errors import ChironError
from .specs import StudyOptions
from .studies import Study
from .studies import study as open_study
from .trials import Trial

_Path = tuple[str, ...]


class ChironSearch(Searcher):
    """
    Asks the Chiron study `name`. Its space is Tune's `param_space`, its metric and direction those of TuneConfig.
    `options` are those of `chiron.study`: method, trials, noise, seed, …
    """

    def __init__(
        self,
        name: str,
        *,
        metric: str | None = None,
        mode: str | None = None,
        seed: int = 0,
        server: str | None = None,
        token: str | None = None,
        **options: Any,
    ) -> None:
        super().__init__(metric=metric, mode=mode)
        self._name = name
        self._seed = seed
        self._connection = connection_of(server, token)
        self._options = options
        self._study: Study | None = None
        self._config: dict[str, Any] = {}
        self._domains: dict[str, tuple[_Path, Domain]] = {}
        self._trials: dict[str, Trial] = {}

    def set_search_properties(
        self, metric: str | None, mode: str | None, config: dict[str, Any], **spec: Any
    ) -> bool:
        if self._study is not None:
            return False
        self._metric, self._mode = metric or self._metric, mode or self._mode
        self._config = config
        self._domains = _domains_of(config)
        self._study = self._open()
        return True

    def suggest(self, trial_id: str) -> dict[str, Any] | str | None:
        if self._study is None:
            raise ChironError("ChironSearch needs a search space: give the Tuner a param_space")
        trial = self._study.ask(wait=False)
        if trial is None:
            return str(Searcher.FINISHED) if self._study.state == "finished" else None
        self._trials[trial_id] = trial
        return self._configuration(trial.params)

    def on_trial_result(self, trial_id: str, result: dict[str, Any]) -> None:
        trial, value = self._trials.get(trial_id), result.get(str(self._metric))
        if trial is not None and value is not None:
            trial.report(int(result["training_iteration"]), value, raises=False)

    def on_trial_complete(
        self, trial_id: str, result: dict[str, Any] | None = None, error: bool = False
    ) -> None:
        trial = self._trials.pop(trial_id, None)
        if trial is None:
            return
        value = (result or {}).get(str(self._metric))
        if error or result is None or value is None:
            trial.fail("crashed", "The Ray trial failed" if error else f"It did not report {self._metric}")
        elif result.get("done", True):
            trial.tell(value, seconds=result.get("time_total_s"))
        else:
            trial.prune(value)  # a scheduler of Tune stopped it

    def save(self, checkpoint_path: str) -> None:
        with open(checkpoint_path, "wb") as file:
            pickle.dump(self.__getstate__(), file)

    def restore(self, checkpoint_path: str) -> None:
        with open(checkpoint_path, "rb") as file:
            self.__setstate__(pickle.load(file))

    def __getstate__(self) -> dict[str, Any]:
        trials = {name: trial.as_given() for name, trial in self._trials.items()}
        study = None if self._study is None else dict(self._study.spec)
        return {**self.__dict__, "_trials": trials, "_study": study}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Its running trials are those that it had: their leases are kept by the service."""
        self.__dict__.update(state)
        if state["_study"] is not None:
            self._study = Study(self._connection, state["_study"])
            self._trials = {name: Trial(self._study, given) for name, given in state["_trials"].items()}

    def _open(self) -> Study:
        if self._metric is None or self._mode is None:
            raise ChironError("ChironSearch needs a metric and a mode: give them to TuneConfig")
        aim = "minimize" if self._mode == "min" else "maximize"
        options = cast(StudyOptions, {**self._options, aim: self._metric})
        space = {name: _to_service(path, domain) for name, (path, domain) in self._domains.items()}
        server, token = self._connection.address, self._connection.token
        return open_study(self._name, space, seed=self._seed, server=server, token=token, **options)

    def _configuration(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """As Tune's param_space is nested, with a value in the place of each domain."""
        configuration = _copy(self._config)
        for name, (path, domain) in self._domains.items():
            inner = configuration
            for part in path[:-1]:
                inner = inner[part]
            inner[path[-1]] = _from_service(domain, params[name])
        return configuration


def _domains_of(config: dict[str, Any]) -> dict[str, tuple[_Path, Domain]]:
    _, domains, grids = parse_spec_vars(config)
    if grids:
        raise ChironError("A grid_search is no search space: write tune.choice")
    return {"__".join(map(str, path)): (tuple(path), domain) for path, domain in domains}


def _to_service(path: _Path, domain: Domain) -> dict[str, Any]:
    """Tune's integers exclude their upper bound, except where they are quantized."""
    sampler, step = domain.get_sampler(), None
    if isinstance(sampler, Quantized):
        sampler, step = sampler.get_sampler(), sampler.q
    scale: dict[str, Any] = {"log": True} if isinstance(sampler, LogUniform) else {}
    if step is not None and step != 1 and not scale:
        scale = {"step": step}
    if isinstance(domain, Float) and isinstance(sampler, (Uniform, LogUniform)):
        return {"type": "float", "low": domain.lower, "high": domain.upper, **scale}
    if isinstance(domain, Integer) and isinstance(sampler, (Uniform, LogUniform)):
        return {"type": "int", "low": domain.lower, "high": domain.upper - (step is None), **scale}
    if isinstance(domain, Categorical):
        return {"type": "categorical", "choices": label_choices(domain.categories)}
    raise ChironError(
        f"Parameter {'/'.join(path)}: Chiron has no counterpart of {domain}: "
        "use uniform, loguniform, quniform, randint, lograndint or choice"
    )


def _from_service(domain: Domain, value: Any) -> Any:
    if isinstance(domain, Categorical):
        return domain.categories[label_choices(domain.categories).index(value)]
    return int(value) if isinstance(domain, Integer) else float(value)


def _copy(config: Any) -> Any:
    return {key: _copy(value) for key, value in config.items()} if isinstance(config, dict) else config

"""Optuna with Chiron's sampler: Optuna's study, Chiron's optimizer and ledger."""

from __future__ import annotations

from typing import Any

import optuna
import pytest
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

import chiron
import chiron.optuna
from conftest import loss, take_away

optuna.logging.set_verbosity(optuna.logging.WARNING)

SPACE = {
    "x": FloatDistribution(-2, 2),
    "layers": IntDistribution(1, 8),
    "act": CategoricalDistribution(["relu", "gelu"]),
}


def objective(trial: optuna.Trial) -> float:
    x = trial.suggest_float("x", -2, 2)
    layers = trial.suggest_int("layers", 1, 8)
    act = trial.suggest_categorical("act", ["relu", "gelu"])
    return loss(x, layers, act)


@pytest.mark.parametrize("method", ["tpe", "gp"])
def test_the_same_trials_as_in_our_own_loop(name: str, method: str) -> None:
    kind = {"optimizer": {"kind": method}}
    theirs = optuna.create_study(sampler=chiron.optuna.ChironSampler(SPACE, name=name, seed=7, method=kind))
    theirs.optimize(objective, n_trials=15)
    space = {"x": chiron.real(-2, 2), "layers": chiron.integer(1, 8), "act": ["relu", "gelu"]}
    ours = chiron.study(f"{name}-own", space, minimize="value", seed=7, method=kind, trials=15)
    best = ours.optimize(loss)
    assert best is not None
    assert [t.params for t in theirs.trials] == [t.params for t in ours.trials()]
    assert theirs.best_value == best.value
    ledger = chiron.study(name)
    assert ledger.best is not None and ledger.best.value == best.value
    assert [t.state for t in ledger.trials()] == ["complete"] * 15


def test_the_space_is_that_of_the_first_trial(name: str) -> None:
    study = optuna.create_study(study_name=name, sampler=chiron.optuna.ChironSampler(method="random"))
    study.optimize(objective, n_trials=6)
    ledger = chiron.study(name)
    assert set(ledger.spec["space"]["parameters"]) == {"x", "layers", "act"}
    trials = ledger.trials()
    assert sorted(t.value for t in trials if t.value is not None) == sorted(t.value for t in study.trials)
    assert [t.source for t in trials].count("imported") <= 1


def test_every_distribution(name: str) -> None:
    def train(trial: optuna.Trial) -> float:
        trial.suggest_float("float", 0.5, 2)
        trial.suggest_float("log", 1e-5, 1, log=True)
        trial.suggest_float("stepped", 0, 1, step=0.25)
        trial.suggest_int("int", 1, 9)
        trial.suggest_int("int_log", 1, 1024, log=True)
        trial.suggest_int("int_step", 0, 100, step=10)
        trial.suggest_float("single", 3, 3)
        trial.suggest_categorical("alike", [True, 1, 1.0])
        trial.suggest_categorical("mixed", [None, "none", 2.5, False])
        return trial.number

    study = optuna.create_study(study_name=name, sampler=chiron.optuna.ChironSampler(method="random"))
    study.optimize(train, n_trials=12)
    parameters = chiron.study(name).spec["space"]["parameters"]
    assert parameters["stepped"] == {"type": "float", "low": 0, "high": 1, "step": 0.25}
    assert parameters["int_log"] == {"type": "int", "low": 1, "high": 1024, "log": True}
    assert parameters["single"] == {"type": "fixed", "value": 3}
    assert parameters["mixed"]["choices"] == ["0: None", "1: 'none'", "2: 2.5", "3: False"]
    assert {type(t.params["alike"]) for t in study.trials} <= {bool, int, float}
    assert len({repr(t.params["mixed"]) for t in study.trials}) > 1
    asked = [t for t in study.trials if "chiron" in t.system_attrs]
    assert len(asked) == 11
    for trial in asked:
        stored = chiron.study(name).trial(trial.system_attrs["chiron"])
        assert stored.params["float"] == trial.params["float"]


def test_an_unknown_distribution_is_named(name: str) -> None:
    class Peculiar(optuna.distributions.BaseDistribution):
        def single(self) -> bool:
            return False

        def to_internal_repr(self, value: Any) -> float:
            return 0.0

        def to_external_repr(self, value: float) -> Any:
            return 0.0

        def _contains(self, value: float) -> bool:
            return True

        def _asdict(self) -> dict[str, Any]:
            return {}

    with pytest.raises(chiron.ChironError, match="Parameter x: Chiron has no counterpart of Peculiar"):
        chiron.optuna.ChironSampler({"x": Peculiar()}, name=name)


def test_failures_and_parallel_trials(name: str) -> None:
    def train(trial: optuna.Trial) -> float:
        x = trial.suggest_float("x", -2, 2)
        if x < 0:
            raise ValueError("below zero")
        return float("nan") if x > 1.5 else x

    sampler = chiron.optuna.ChironSampler({"x": FloatDistribution(-2, 2)}, name=name, method="random")
    study = optuna.create_study(sampler=sampler)
    study.optimize(train, n_trials=20, n_jobs=3, catch=(ValueError,))
    theirs = [t.state.name for t in study.trials]
    ours = [t.state for t in chiron.study(name).trials()]
    assert ours.count("complete") == theirs.count("COMPLETE")
    assert ours.count("failed") == theirs.count("FAIL") > 0


def test_a_configuration_of_the_user_is_imported(name: str) -> None:
    study = optuna.create_study(
        sampler=chiron.optuna.ChironSampler(SPACE, name=name, method="random"), direction="maximize"
    )
    study.enqueue_trial({"x": 0.5, "layers": 3, "act": "gelu"})
    study.optimize(objective, n_trials=3)
    ledger = chiron.study(name)
    assert ledger.maximizes
    assert {"x": 0.5, "layers": 3, "act": "gelu"} in [t.params for t in ledger.trials("complete")]
    assert len(ledger.trials("complete")) == 3


def test_an_objective_with_bounds_of_its_own(name: str) -> None:
    sampler = chiron.optuna.ChironSampler({"x": FloatDistribution(0, 4)}, name=name, method="random")
    study = optuna.create_study(sampler=sampler)
    study.optimize(lambda t: t.suggest_float("x", 0, 1), n_trials=8)
    ledger = chiron.study(name)
    told = {t.params["x"] for t in ledger.trials("complete")}
    assert told == {t.params["x"] for t in study.trials}
    assert ledger.trials("cancelled") and not ledger.trials("running")


def test_pruning_by_the_service(name: str) -> None:
    sampler = chiron.optuna.ChironSampler(
        {"x": FloatDistribution(0, 1)}, name=name, method="random", pruning={"rule": "halving", "factor": 2}
    )
    study = optuna.create_study(sampler=sampler, pruner=chiron.optuna.ChironPruner(sampler))

    def train(trial: optuna.Trial) -> float:
        trial.suggest_float("x", 0, 1)
        for step in range(1, 4):
            trial.report(trial.number + step, step)
            if trial.should_prune():
                raise optuna.TrialPruned
        return trial.number

    study.optimize(train, n_trials=4)
    assert [t.state.name for t in study.trials] == ["COMPLETE", "PRUNED", "PRUNED", "PRUNED"]
    assert [t.state for t in chiron.study(name).trials()] == ["complete", "pruned", "pruned", "pruned"]


@pytest.mark.usefixtures("no_heartbeats")
def test_a_trial_that_is_lost_is_not_told_as_pruned(name: str) -> None:
    sampler = chiron.optuna.ChironSampler(
        {"x": FloatDistribution(0, 1)}, name=name, method="random", trials=1, lease_seconds=2
    )
    study = optuna.create_study(sampler=sampler, pruner=chiron.optuna.ChironPruner(sampler))
    second: list[chiron.Trial] = []

    def train(trial: optuna.Trial) -> float:
        trial.suggest_float("x", 0, 1)
        asked = sampler.trial_of(study._storage.get_trial(trial._trial_id))
        assert asked is not None
        second.append(take_away(asked))
        trial.report(0.5, 1)
        assert trial.should_prune()
        raise optuna.TrialPruned

    study.optimize(train, n_trials=1)
    second[0].tell(0.25)
    assert [(t.state, t.value) for t in chiron.study(name).trials()] == [("complete", 0.25)]


def test_several_objectives_are_refused(name: str) -> None:
    study = optuna.create_study(
        directions=["minimize", "maximize"], sampler=chiron.optuna.ChironSampler(name=name)
    )
    with pytest.raises(ValueError, match="multi-objective"):
        study.optimize(lambda t: (1.0, 2.0), n_trials=1)


def test_conditional_parameters_of_this_client(name: str) -> None:
    space = {"kernel": ["linear", "rbf"], "gamma": chiron.log(0.01, 1, when={"kernel": "rbf"})}

    def train(trial: optuna.Trial) -> float:
        kernel = trial.suggest_categorical("kernel", ["linear", "rbf"])
        return trial.suggest_float("gamma", 0.01, 1, log=True) if kernel == "rbf" else 2.0

    study = optuna.create_study(sampler=chiron.optuna.ChironSampler(space, name=name, method="random"))
    study.optimize(train, n_trials=8)
    assert [t.params for t in chiron.study(name).trials()] == [t.params for t in study.trials]


def test_an_optuna_study_is_imported_once(name: str) -> None:
    study = optuna.create_study(
        study_name=name, direction="maximize", sampler=optuna.samplers.RandomSampler(1)
    )

    def train(trial: optuna.Trial) -> float:
        value = objective(trial)
        trial.report(value, 1)
        if trial.number == 3:
            raise optuna.TrialPruned
        if trial.number == 4:
            raise ValueError("no such layer")
        return value

    study.optimize(train, n_trials=12, catch=(ValueError,))
    for _ in range(2):
        imported = chiron.optuna.import_study(study, method="random")
    trials = imported.trials()
    assert [t.params for t in trials] == [t.params for t in study.trials]
    assert [t.value for t in trials if t.state == "complete"] == [
        t.value for t in study.trials if t.number not in (3, 4)
    ]
    assert (trials[3].state, trials[3].value) == ("pruned", study.trials[3].value)
    assert (trials[4].failure, trials[4].value) == ("crashed", None)
    assert imported.best is not None and imported.best.value == study.best_value


def test_parameters_that_some_trials_do_not_have_need_a_space(name: str) -> None:
    def train(trial: optuna.Trial) -> float:
        kernel = trial.suggest_categorical("kernel", ["linear", "rbf"])
        return trial.suggest_float("gamma", 0.01, 1, log=True) if kernel == "rbf" else 2.0

    study = optuna.create_study(study_name=name, sampler=optuna.samplers.RandomSampler(1))
    study.optimize(train, n_trials=8)
    with pytest.raises(chiron.ChironError, match="have no gamma: give a space"):
        chiron.optuna.import_study(study)
    space = {"kernel": ["linear", "rbf"], "gamma": chiron.log(0.01, 1, when={"kernel": "rbf"})}
    assert len(chiron.optuna.import_study(study, space=space).trials()) == 8

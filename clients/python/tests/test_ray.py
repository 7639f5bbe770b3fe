"""Ray Tune with Chiron's search: Tune runs the trials, the service chooses them and keeps their results."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import ray
from ray import tune

import chiron
import chiron.ray
from conftest import loss


@pytest.fixture(scope="module", autouse=True)
def cluster() -> Iterator[None]:
    # The workers of Ray import this file.
    os.environ["PYTHONPATH"] = os.pathsep.join([str(Path(__file__).parent), os.environ.get("PYTHONPATH", "")])
    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False)
    yield
    ray.shutdown()


def train(config: dict[str, Any]) -> None:
    value = loss(config["x"], config["layers"], config["net"]["act"])
    for step in range(1, 3):
        tune.report({"loss": value + 1 / step})


PARAMETERS = {
    "x": tune.uniform(-2, 2),
    "layers": tune.randint(1, 9),
    "net": {"act": tune.choice(["relu", "gelu"])},
    "epochs": 3,
}


def fit(
    search: chiron.ray.ChironSearch, folder: Path, function: Any, space: dict[str, Any], samples: int
) -> Any:
    config = tune.TuneConfig(
        search_alg=search, metric="loss", mode="min", num_samples=samples, max_concurrent_trials=1
    )
    run = tune.RunConfig(storage_path=str(folder), verbose=0)
    return tune.Tuner(function, tune_config=config, run_config=run, param_space=space).fit()


def test_the_same_trials_as_in_our_own_loop(name: str, tmp_path: Path) -> None:
    results = fit(chiron.ray.ChironSearch(name, seed=5, method="tpe"), tmp_path, train, PARAMETERS, 5)
    space = {
        "x": chiron.real(-2, 2),
        "layers": chiron.integer(1, 8),
        "net__act": chiron.categorical("relu", "gelu"),
    }
    ours = chiron.study(f"{name}-own", space, minimize="loss", seed=5, method="tpe", trials=5)
    best = ours.optimize(lambda x, layers, net__act: loss(x, layers, net__act) + 0.5)
    ledger = chiron.study(name)
    assert best is not None
    assert [t.params for t in ledger.trials()] == [t.params for t in ours.trials()]
    assert results.get_best_result().metrics["loss"] == best.value == (ledger.best and ledger.best.value)
    assert results.get_best_result().config["epochs"] == 3
    detail = ledger.connection.get(f"{ledger.path}/trials/0")
    assert [r["step"] for r in detail["reports"]] == [1, 2]


def test_failures_and_every_domain(name: str, tmp_path: Path) -> None:
    def fails(config: dict[str, Any]) -> None:
        assert 1 <= config["log"] <= 100 and config["step"] % 10 == 0 and config["opt"] in ((1, 2), None)
        if config["bad"]:
            raise ValueError("no such layer")
        tune.report({"loss": config["real"]})

    space = {
        "real": tune.quniform(0, 1, 0.25),
        "log": tune.lograndint(1, 101),
        "step": tune.qrandint(0, 100, 10),
        "opt": tune.choice([(1, 2), None]),
        "bad": tune.choice([True, False]),
    }
    fit(chiron.ray.ChironSearch(name, method="random"), tmp_path, fails, space, 6)
    ledger = chiron.study(name)
    assert ledger.spec["space"]["parameters"]["step"] == {"type": "int", "low": 0, "high": 100, "step": 10}
    assert {t.failure if t.params["bad"] else t.state for t in ledger.trials()} == {"crashed", "complete"}


def test_a_search_that_is_saved_goes_on(name: str, tmp_path: Path) -> None:
    search = chiron.ray.ChironSearch(name, method="random")
    search.set_search_properties("loss", "min", PARAMETERS)
    assert isinstance(search.suggest("a"), dict)
    search.save(str(tmp_path / "saved"))
    again = chiron.ray.ChironSearch("another")
    again.restore(str(tmp_path / "saved"))
    again.on_trial_complete("a", {"loss": 0.5, "done": True})
    assert chiron.study(name).trial(0).value == 0.5


def test_a_grid_is_refused(name: str) -> None:
    with pytest.raises(chiron.ChironError, match="tune.choice"):
        search = chiron.ray.ChironSearch(name)
        search.set_search_properties("loss", "min", {"x": tune.grid_search([1, 2])})

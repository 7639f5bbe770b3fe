"""Experiments: arms on the same seeds, run by the program's own function."""

from __future__ import annotations

import threading
from typing import Any

import pytest

import chiron


@pytest.mark.parametrize("endpoint", [{"of": "best"}, {"of": "recommended", "repetitions": 2}])
def test_an_experiment_without_a_trainer(name: str, endpoint: dict[str, Any]) -> None:
    arms = {"random": "random", "sobol": {"method": "sobol", "description": "a sequence"}}
    options: dict[str, Any] = {"arms": arms, "seeds": 2, "baseline": "random", "plan": {"endpoint": endpoint}}
    found = chiron.experiment(name, {"x": chiron.real(-1, 1)}, minimize="loss", trials=3, **options)
    assert chiron.experiment(name).spec["digest"] == found.spec["digest"]
    found.optimize(lambda x: x * x)
    assert found.state == "finished"
    cells = found.cells()
    assert [cell["state"] for cell in cells] == ["finished"] * 4
    assert all(cell["endpoint"] == cell["best"] for cell in cells)  # x * x has no noise
    analysis = found.analysis()
    assert {arm["name"]: arm["n"] for arm in analysis["arms"]} == {"random": 2, "sobol": 2}
    assert analysis["contrasts"][0]["arm"] == "sobol"
    found.wait(timeout=1)


def test_a_cell_that_runs_again_is_measured_again(name: str) -> None:
    """Its endpoint has another name than the first time."""
    found = _measured(name)

    def train(trial: chiron.Trial, x: float) -> float:
        if trial.study.name == f"{name}.random.0.endpoint":
            raise ValueError("the disk is full")
        return x * x

    with pytest.raises(chiron.ChironError, match="random, seed 0: no run of the recommended"):
        found.optimize(train)
    found.retry("random", 0)
    _optimize_soon(found, train)
    assert [cell.get("attempt", 1) for cell in found.cells()] == [2, 1, 1, 1]
    assert found.state == "finished"


@pytest.mark.parametrize("state", ["running", "measuring"])
def test_an_experiment_that_is_stopped_and_resumed(name: str, state: str) -> None:
    found = _measured(name)

    def train(trial: chiron.Trial, x: float) -> float:
        if trial.study.name.endswith(".endpoint") == (state == "measuring"):
            found.stop()
        return x * x

    found.optimize(train)
    assert "stopped" in [cell["state"] for cell in found.cells()]
    found.resume()
    _optimize_soon(found, lambda x: x * x)
    assert [cell["state"] for cell in found.cells()] == ["finished"] * 4


@pytest.mark.parametrize("when", ["before", "between two cells"])
def test_an_experiment_that_is_paused_goes_on_when_it_is_resumed(name: str, when: str) -> None:
    found = _measured(name)
    again = chiron.experiment(name)

    def pause() -> None:
        again.pause()
        threading.Timer(1, again.resume).start()

    def train(trial: chiron.Trial, x: float) -> float | None:
        if when != "before" and trial.study.name == f"{name}.random.0" and trial.number == 1:
            trial.tell(x * x)
            pause()
            return None
        return x * x

    if when == "before":
        pause()
    _optimize_soon(found, train)
    assert [cell["state"] for cell in found.cells()] == ["finished"] * 4


def _measured(name: str) -> chiron.Experiment:
    endpoint = {"of": "recommended", "repetitions": 2}
    arms = {"random": "random", "sobol": "sobol"}
    options: dict[str, Any] = {"arms": arms, "seeds": [0, 1], "baseline": "random"}
    options["plan"] = {"endpoint": endpoint}
    return chiron.experiment(name, {"x": chiron.real(-1, 1)}, trials=2, cells_at_a_time=1, **options)


def _optimize_soon(found: chiron.Experiment, train: Any) -> None:
    """An optimize that waits for ever fails."""
    running = threading.Thread(target=found.optimize, args=(train,), daemon=True)
    running.start()
    running.join(60)
    assert not running.is_alive()


def test_a_dry_run_creates_nothing(name: str) -> None:
    answer = chiron.dry_run(
        name, {"x": chiron.real(-1, 1)}, trials=2, arms={"a": "random", "b": "sobol"}, seeds=4, baseline="a"
    )
    assert answer["dryRun"] is True
    with pytest.raises(chiron.Refused):
        chiron.experiment(name)


def test_pause_stop_and_time_out(name: str) -> None:
    found = chiron.experiment(
        name, {"x": chiron.real(-1, 1)}, trials=2, arms={"a": "random", "b": "sobol"}, seeds=2, baseline="a"
    )
    found.pause("the GPUs are needed")
    assert found.state == "paused"
    with pytest.raises(TimeoutError, match="paused"):
        found.wait(timeout=0.1, every=0.1)
    found.resume()
    assert found.state == "running"
    found.delete(force=True)

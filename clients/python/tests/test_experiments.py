"""Experiments: arms on the same seeds, run by the program's own function."""

from __future__ import annotations

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

"""Studies in MLflow: a run for the study, and in it one for each trial."""

from __future__ import annotations

from pathlib import Path

import mlflow
import pytest

import chiron
import chiron.mlflow
from conftest import SPACE, loss


@pytest.fixture(autouse=True)
def tracking(tmp_path: Path) -> None:
    mlflow.set_tracking_uri(f"sqlite:///{tmp_path}/mlflow.db")
    mlflow.set_experiment("chiron")


def test_a_study_with_its_trials(name: str) -> None:
    study = chiron.study(name, SPACE, minimize="loss", trials=4, method="random")
    for trial in study:
        with trial, chiron.mlflow.run(trial):
            if trial.number == 3:
                raise ValueError("no such layer")
            mlflow.log_metric("accuracy", 0.5)
            trial.tell(loss(**trial.params))
    runs = _runs_of(name)
    assert sorted(runs) == [f"{name}-{n}" for n in range(4)]
    assert runs[f"{name}-3"].info.status == "FAILED"
    for number in range(3):
        stored, run = study.trial(number), runs[f"{name}-{number}"]
        assert run.data.metrics == {"loss": stored.value, "accuracy": 0.5}
        assert run.data.params == {key: str(value) for key, value in stored.params.items()}


def test_trials_that_others_ran_are_logged_once(name: str) -> None:
    study = chiron.study(name, SPACE, minimize="loss", trials=3, method="random")
    for trial in study:
        with trial:
            if trial.number == 1:
                raise MemoryError
            trial.report(1, 5.0)
            trial.tell({"loss": 4.0 - trial.number, "accuracy": 0.5})
    ids = {chiron.mlflow.log_study(study) for _ in range(2)}
    assert len(ids) == 1
    runs = _runs_of(name)
    assert len(runs) == 3
    assert runs[f"{name}-1"].data.tags["chiron.failure"] == "oom"
    assert runs[f"{name}-2"].data.metrics["loss"] == 2.0
    history = mlflow.MlflowClient().get_metric_history(runs[f"{name}-2"].info.run_id, "loss")
    assert [m.value for m in history] == [5.0, 2.0]
    assert mlflow.get_run(ids.pop()).data.metrics == {"best_loss": 2.0}


def _runs_of(name: str) -> dict[str, mlflow.entities.Run]:
    found = mlflow.search_runs(search_all_experiments=True, output_format="list")
    return {run.info.run_name: run for run in found if run.info.run_name != name}

"""
Logs studies to MLflow: a run for the study, and in it one for each trial.

    with chiron.mlflow.run(trial): ...   # what the training logs goes to the trial's run
    chiron.mlflow.log_study(study)       # every other trial of the study, whoever ran it
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import mlflow
from mlflow.entities import Metric, Param, Run, RunTag
from mlflow.tracking import MlflowClient

from .errors import Pruned
from .records import Record
from .studies import Study
from .trials import Trial

_STUDY, _NUMBER = "chiron.study", "chiron.trial"
_PARENT = "mlflow.parentRunId"
_STATUS = {"complete": "FINISHED", "pruned": "KILLED", "failed": "FAILED"}


@contextmanager
def run(trial: Trial) -> Iterator[Any]:
    """The MLflow run of a trial, inside that of its study. It has the trial's parameters, and its value at the end."""
    client, parent = MlflowClient(), _parent_of(trial.study)
    tags = {_STUDY: trial.study.id, _NUMBER: str(trial.number), _PARENT: parent.info.run_id}
    name = f"{trial.study.name}-{trial.number}"
    created = client.create_run(parent.info.experiment_id, tags=tags, run_name=name)
    status = "FINISHED"
    with mlflow.start_run(run_id=created.info.run_id, nested=True) as active:
        mlflow.log_params(trial.params)
        try:
            yield active
        except BaseException as error:
            status = "KILLED" if isinstance(error, (Pruned, KeyboardInterrupt)) else "FAILED"
            raise
        finally:
            if trial.value is not None:
                mlflow.log_metric(trial.study.metric, trial.value)
    client.set_terminated(created.info.run_id, status)


def log_study(study: Study) -> str:
    """Logs every ended trial that has no run yet, also when it is called again. Answers the id of the study's run."""
    client, parent = MlflowClient(), _parent_of(study)
    known = {
        found.data.tags[_NUMBER]
        for found in _runs(client, parent, f"tags.`{_PARENT}` = '{parent.info.run_id}'")
    }
    for record in study.trials():
        if record.state in _STATUS and str(record.number) not in known:
            _log_trial(client, parent, study, record)
    best = study.best
    if best is not None and best.value is not None:
        client.log_metric(parent.info.run_id, f"best_{study.metric}", best.value)
        client.set_tag(parent.info.run_id, "chiron.best", str(best.number))
    return str(parent.info.run_id)


def _parent_of(study: Study) -> Run:
    """The study's run in the active experiment: the one that is there, or a new one."""
    client = MlflowClient()
    experiment = _active_experiment()
    found = client.search_runs(
        [experiment], f"tags.`{_STUDY}` = '{study.id}' and tags.`{_NUMBER}` = 'all'", max_results=1
    )
    if found:
        return found[0]
    tags = {_STUDY: study.id, _NUMBER: "all", "chiron.page": study.url}
    return client.create_run(experiment, tags=tags, run_name=study.name)


def _active_experiment() -> str:
    active = mlflow.active_run()
    if active is not None:
        return str(active.info.experiment_id)
    from mlflow.tracking.fluent import _get_experiment_id

    return str(_get_experiment_id())


def _runs(client: MlflowClient, parent: Run, query: str) -> Iterator[Run]:
    token: str | None = None
    while True:
        page = client.search_runs([parent.info.experiment_id], query, max_results=1000, page_token=token)
        yield from page
        token = page.token
        if not token:
            return


def _log_trial(client: MlflowClient, parent: Run, study: Study, record: Record) -> None:
    tags = {
        _STUDY: study.id,
        _NUMBER: str(record.number),
        _PARENT: parent.info.run_id,
        "chiron.source": record.source,
    }
    if record.failure is not None:
        tags["chiron.failure"] = record.failure
    began = _milliseconds(record.created_at)
    ended = began if record.settled_at is None else _milliseconds(record.settled_at)
    name = f"{study.name}-{record.number}"
    created = client.create_run(parent.info.experiment_id, start_time=began, tags=tags, run_name=name)
    detail: Mapping[str, Any] = study.connection.get(f"{study.path}/trials/{record.number}")
    metrics = [Metric(study.metric, r["value"], ended, r["step"]) for r in detail["reports"]]
    client.log_batch(
        created.info.run_id,
        metrics=[*metrics, *_metrics(study, record, ended)][:1000],
        params=[Param(name, str(value)) for name, value in record.params.items()][:100],
        tags=[RunTag("chiron.state", record.state)],
    )
    client.set_terminated(created.info.run_id, _STATUS[record.state], ended)


def _metrics(study: Study, record: Record, at: int) -> list[Metric]:
    measured: dict[str, Any] = {**(record.metrics or {}), "train_seconds": record.train_seconds}
    found = [Metric(n, float(v), at, 0) for n, v in measured.items() if isinstance(v, (int, float))]
    return found if record.value is None else [Metric(study.metric, record.value, at, 2**31), *found]


def _milliseconds(time: datetime) -> int:
    return int(time.timestamp() * 1000)

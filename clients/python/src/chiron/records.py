"""Trials as the service has stored them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, repr=False)
class Record:
    """A stored trial. `value` is None unless it is complete or pruned; `failure` says why it failed."""

    number: int
    state: str
    params: dict[str, Any]
    source: str
    attempt: int
    created_at: datetime
    failure: str | None = None
    value: float | None = None
    worker: str | None = None
    metrics: dict[str, Any] | None = None
    train_seconds: float | None = None
    peak_memory_mb: float | None = None
    tokens_per_second: float | None = None
    message: str | None = None
    settled_at: datetime | None = None

    def __repr__(self) -> str:
        """What one wants to know first; `vars(record)` has everything."""
        shown = ("number", "state", "failure", "value", "params")
        parts = [f"{name}={getattr(self, name)!r}" for name in shown if getattr(self, name) is not None]
        return f"Record({', '.join(parts)})"


@dataclass(frozen=True)
class Recommendation:
    """The best configuration by the optimizer's model, with its expected value without noise."""

    params: dict[str, Any]
    mean: float
    sd: float
    number: int | None = None


def read_record(trial: Mapping[str, Any]) -> Record:
    settled = trial.get("settledAt")
    return Record(
        number=trial["number"],
        state=trial["state"],
        params=trial["params"],
        source=trial["proposal"]["source"],
        attempt=trial["attempt"],
        created_at=_time(trial["createdAt"]),
        failure=trial.get("failure"),
        value=trial.get("value"),
        worker=trial.get("worker"),
        metrics=trial.get("metrics"),
        train_seconds=trial.get("trainSeconds"),
        peak_memory_mb=trial.get("peakMemoryMb"),
        tokens_per_second=trial.get("tokensPerSecond"),
        message=trial.get("message"),
        settled_at=None if settled is None else _time(settled),
    )


def as_frame(records: Iterable[Record]) -> Any:
    """A pandas DataFrame where pandas is installed, else a list of dictionaries; one row for each trial."""
    rows = [_row(record) for record in records]
    try:
        import pandas
    except ImportError:
        return rows
    return pandas.DataFrame(rows)


def _row(record: Record) -> dict[str, Any]:
    fields = {name: part for name, part in vars(record).items() if name not in ("params", "metrics")}
    params = {f"params.{name}": value for name, value in record.params.items()}
    metrics = {f"metrics.{name}": value for name, value in (record.metrics or {}).items()}
    return {**fields, **params, **metrics}


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00"))

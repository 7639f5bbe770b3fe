"""
Chiron's client for Python.

    import chiron

    space = {"lr": chiron.log(1e-5, 1), "layers": chiron.integer(1, 8), "act": ["relu", "gelu"]}
    study = chiron.study("first", space, minimize="loss", trials=100)
    for trial in study:
        trial.tell(train(**trial.params))
    print(study.best)
"""

from __future__ import annotations

import importlib
from typing import Any

from .asynchronous import AsyncTrial
from .connection import Connection
from .errors import (
    ChironError,
    InvalidSpace,
    LeaseLost,
    NodeMissing,
    NotTold,
    OutsideTrial,
    Pruned,
    Refused,
    Unauthorized,
    Unreachable,
    VersionMismatch,
)
from .experiments import Experiment, dry_run, experiment
from .records import Recommendation, Record
from .server import Server, serve
from .spaces import boolean, categorical, fixed, integer, log, ordinal, real, space
from .studies import Study, study
from .trials import Trial, current_trial
from .versions import __version__
from .workers import ObjectiveFailed

__all__ = [
    "AsyncTrial",
    "ChironError",
    "Connection",
    "Experiment",
    "InvalidSpace",
    "LeaseLost",
    "NodeMissing",
    "NotTold",
    "ObjectiveFailed",
    "OutsideTrial",
    "Pruned",
    "Recommendation",
    "Record",
    "Refused",
    "Server",
    "Study",
    "Trial",
    "Unauthorized",
    "Unreachable",
    "VersionMismatch",
    "__version__",
    "boolean",
    "categorical",
    "current_trial",
    "dry_run",
    "experiment",
    "fixed",
    "integer",
    "log",
    "ordinal",
    "real",
    "serve",
    "space",
    "study",
]

#: Modules for other packages, which are imported only where they are used: chiron.optuna.ChironSampler.
_ADAPTERS = {"optuna", "ray", "huggingface", "lightning", "mlflow"}


def __getattr__(name: str) -> Any:
    if name in _ADAPTERS:
        return importlib.import_module(f".{name}", __name__)
    raise AttributeError(f"module 'chiron' has no attribute {name!r}")

"""A real service for the tests: the one of CHIRON_TEST_SERVER (see test/clients), or one that they start."""

from __future__ import annotations

import os
import socket
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

import chiron
from chiron.connection import Connection

REPOSITORY = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="session", autouse=True)
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    os.environ["CHIRON_HOME"] = str(REPOSITORY)
    given = os.environ.get("CHIRON_TEST_SERVER")
    if given:
        os.environ["CHIRON_SERVER"] = given
        yield given
        return
    with chiron.serve(tmp_path_factory.mktemp("data"), port=0) as started:
        os.environ["CHIRON_SERVER"] = started.url
        yield started.url


@pytest.fixture
def name() -> str:
    return f"py-{uuid.uuid4().hex[:12]}"


@pytest.fixture
def connection(server: str) -> Connection:
    return Connection(server)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


SPACE = {"x": chiron.real(-2, 2), "layers": chiron.integer(1, 8), "act": ["relu", "gelu"]}


def loss(x: float, layers: int, act: str) -> float:
    return (x - 1) ** 2 + layers / 100 + (0.1 if act == "gelu" else 0.0)


def take_away(trial: chiron.Trial) -> chiron.Trial:
    """Waits until the lease of a trial without heartbeats has ended, and another worker has the trial."""
    second = chiron.study(trial.study.name, worker="another").ask()
    assert second is not None and (second.number, second.attempt) == (trial.number, 2)
    return second


@pytest.fixture
def no_heartbeats(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chiron.Trial, "renew", lambda trial: None)

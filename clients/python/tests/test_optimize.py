"""`study.optimize`: in this process and in several."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import chiron
from conftest import SPACE, loss


def _study(name: str, trials: int, **options: Any) -> chiron.Study:
    return chiron.study(name, SPACE, minimize="loss", trials=trials, method="random", seed=1, **options)


def loss_of_three_at_a_time(trial: chiron.Trial, x: float, layers: int, act: str) -> float:
    """The first three trials run at the same time, whatever else the machine does."""
    while trial.number < 3 and len(trial.study.trials()) < 3:
        time.sleep(0.05)
    return loss(x, layers, act)


def test_here(name: str) -> None:
    best = _study(name, 5).optimize(loss)
    assert best is not None
    assert best.value == pytest.approx(loss(**best.params), abs=1e-12)


def test_a_decorated_objective(name: str) -> None:
    study = _study(name, 2)

    @study.objective
    def train(**params: Any) -> dict[str, float]:
        return {"loss": loss(**params), "time": 1.0}

    study.optimize()
    assert study.trial(0).metrics == {"time": 1}


def test_a_function_of_the_trial(name: str) -> None:
    study = _study(name, 2)

    def train(trial: chiron.Trial, x: float, **others: Any) -> float:
        assert chiron.current_trial() is trial
        trial.report(1, x)
        return x

    study.optimize(train)
    study = _study(name + "-b", 1)
    study.optimize(lambda t: t.params["x"])
    assert len(study.trials("complete")) == 1


def test_a_function_without_a_parameter_is_refused_before_any_trial(name: str) -> None:
    study = _study(name, 2)
    with pytest.raises(TypeError, match="does not take act"):
        study.optimize(lambda x, layers: x)
    assert study.trials() == []


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_several_processes(name: str, method: str) -> None:
    if method == "fork" and sys.platform == "win32":
        pytest.skip("Windows cannot fork")
    study = _study(name, 12)
    best = study.optimize(loss_of_three_at_a_time, workers=3, start_method=method)
    trials = study.trials()
    assert [t.state for t in trials] == ["complete"] * 12
    assert len({t.worker for t in trials}) == 3
    assert best is not None and best.value == min(t.value for t in trials if t.value is not None)


def test_failures_are_outcomes_in_every_process(name: str) -> None:
    study = _study(name, 8)

    def train(trial: chiron.Trial) -> Any:
        if trial.number == 1:
            raise MemoryError("4 GiB")
        if trial.number == 2:
            return float("nan")
        if trial.number == 3:
            raise ValueError("no such layer")
        if trial.number == 4:
            time.sleep(0.5)
            os.kill(os.getpid(), signal.SIGKILL)
        time.sleep(0.05)
        return {"loss": 1.0, "worker": trial.study.worker_number}

    study.optimize(train, workers=2)
    for stored in study.trials("complete"):
        assert stored.worker is not None and stored.metrics is not None
        assert stored.worker.endswith(f"/w{stored.metrics['worker']}")
    assert [t.failure for t in study.trials()] == [
        None,
        "oom",
        "diverged",
        "crashed",
        "crashed",
        None,
        None,
        None,
    ]
    killed = study.trial(4)
    assert "signal 9" in (killed.message or "")
    assert killed.train_seconds is not None and killed.train_seconds > 0


@pytest.mark.parametrize("workers", [1, 2])
def test_a_function_that_never_works_is_at_fault(name: str, workers: int) -> None:
    study = _study(name, 50)

    def train(trial: chiron.Trial) -> float:
        raise ValueError("no such layer")

    with pytest.raises(chiron.ObjectiveFailed) as failed:
        study.optimize(train, workers=workers)
    assert "no such layer" in f"{failed.value} {failed.value.__cause__}"
    assert 3 <= len(study.trials()) <= 5


def test_an_interrupt_gives_all_trials_back(name: str) -> None:
    study = _study(name, 10)
    program = (
        f"import chiron, time\nchiron.study({name!r}).optimize(lambda trial: time.sleep(60), workers=2)\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", program], start_new_session=True, stderr=subprocess.DEVNULL
    )
    while len(study.trials("running")) < 2:
        time.sleep(0.1)
    time.sleep(1)  # the workers may still be reading the answer that gave them the trials
    os.killpg(process.pid, signal.SIGINT)
    assert process.wait(30) != 0
    assert [t.state for t in study.trials()] == ["ready", "ready"]


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_workers_end_where_their_parent_is_killed(name: str, method: str, tmp_path: Path) -> None:
    if method == "fork" and sys.platform == "win32":
        pytest.skip("Windows cannot fork")
    study = _study(name, 10)
    program = tmp_path / "program.py"
    program.write_text(
        "import chiron, time\n"
        "def train(trial):\n"
        "    time.sleep(600)\n"
        "if __name__ == '__main__':\n"
        f"    chiron.study({name!r}).optimize(train, workers=2, start_method={method!r})\n"
    )

    def kill(parent: subprocess.Popen[bytes]) -> None:
        while len(study.trials("running")) < 2:
            time.sleep(0.1)
        time.sleep(1)  # the workers may still be reading the answer that gave them the trials
        parent.kill()

    _end_with_parent([sys.executable, str(program)], kill)
    assert [t.state for t in study.trials()] == ["ready", "ready"]


def _end_with_parent(command: list[str], meanwhile: Callable[..., None] = lambda parent: None) -> None:
    """Fails where a process of the program goes on after the first one was killed."""
    parent = subprocess.Popen(command, start_new_session=True, stdout=subprocess.PIPE)
    try:
        meanwhile(parent)
        parent.communicate(timeout=60)  # their output ends when the last of them has ended
        assert parent.returncode == -signal.SIGKILL
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(parent.pid, signal.SIGKILL)


def test_a_worker_that_nobody_watches_gives_back_what_it_gets(name: str) -> None:
    """It finds that out at its next message, here about the trial that it waited for, and not by looking."""
    if sys.platform == "win32":
        pytest.skip("Windows cannot fork")
    study = _study(name, 2)
    program = (
        "import chiron, chiron.workers, os, signal, time\n"
        "chiron.workers.LOOKS = 600\n"
        "def train(trial):\n"
        "    if trial.number == 1:\n"
        "        return 1.0\n"
        "    while not trial.study.trials('complete'):\n"
        "        time.sleep(0.05)\n"
        "    time.sleep(2 if trial.number == 0 else 600)\n"
        "    os.kill(os.getppid(), signal.SIGKILL)\n"
        "    trial.cancel()\n"
        f"chiron.study({name!r}).optimize(train, workers=2, start_method='fork')\n"
    )
    _end_with_parent([sys.executable, "-c", program])
    assert [t.state for t in study.trials()] == ["cancelled", "complete", "ready"]


def test_the_progress_shows_the_best(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    study = _study(name, 3)
    best = study.optimize(loss, progress=True)
    assert best is not None
    said = capsys.readouterr().err
    assert "3/3" in said and f"best loss {best.value:.6g}" in said


def test_progress_without_tqdm(
    name: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "tqdm.auto", None)
    _study(name, 2).optimize(loss, progress=True)
    assert "2/2" in capsys.readouterr().out  # by rich
    monkeypatch.setitem(sys.modules, "rich.progress", None)
    _study(name + "-b", 2).optimize(loss, progress=True)
    assert "2 of 2 trials best loss" in capsys.readouterr().err

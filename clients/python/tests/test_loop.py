"""The ask/tell loop against a real service."""

from __future__ import annotations

import asyncio
import math
import subprocess
import sys
import threading
import time
from typing import Any

import pytest

import chiron
from conftest import SPACE, loss, take_away


def test_the_example_of_the_readme(name: str) -> None:
    study = chiron.study(name, SPACE, minimize="loss", trials=5, method="random", seed=3)
    for trial in study:
        trial.tell(loss(**trial.params))
    best = study.best
    assert best is not None
    assert study.state == "finished"
    values = [t.value for t in study.trials("complete")]
    assert len(values) == 5
    assert best.value == min(v for v in values if v is not None)
    assert best.value == pytest.approx(loss(**best.params), abs=1e-12)
    assert all(t.train_seconds is not None for t in study.trials())


def test_the_same_study_again_goes_on(name: str) -> None:
    options: dict[str, Any] = {"minimize": "loss", "trials": 3, "method": "random"}
    first = chiron.study(name, SPACE, **options)
    trial = first.ask()
    assert trial is not None
    trial.tell(1)
    assert len(list(_told(chiron.study(name, SPACE, **options)))) == 2
    assert chiron.study(name).state == "finished"
    with pytest.raises(chiron.Refused, match="study") as refused:
        chiron.study(name, SPACE, **{**options, "trials": 4})
    assert refused.value.code == "study_exists"


def _told(study: chiron.Study) -> Any:
    for trial in study:
        trial.tell(0)
        yield trial


def test_metrics_beside_the_value(name: str) -> None:
    study = chiron.study(name, SPACE, maximize="accuracy", trials=1, method="random")
    for trial in study:
        trial.tell({"accuracy": 0.5, "loss": 2.5, "steps": 10}, seconds=12, peak_memory_mb=100)
    best = study.best
    assert best is not None
    assert (best.value, best.metrics) == (0.5, {"loss": 2.5, "steps": 10})
    assert (best.train_seconds, best.peak_memory_mb) == (12, 100)


def test_each_ask_gives_another_trial_and_a_lost_answer_the_same(name: str) -> None:
    study = chiron.study(name, SPACE, trials=3, method="random")
    held = [study.ask(), study.ask()]
    assert [t and t.number for t in held] == [0, 1]
    assert held[0] is not None
    again = study.connection.post(f"{study.path}/ask", {"worker": held[0].worker})
    assert again["trials"][0]["number"] == 0
    assert again["trials"][0]["lease"]["token"] == held[0].token


def test_two_loops_at_a_time_never_get_the_same_trial(name: str) -> None:
    study = chiron.study(name, SPACE, trials=12, method="random")
    seen: list[int] = []

    def work() -> None:
        for trial in study:
            seen.append(trial.number)
            time.sleep(0.02)
            trial.tell(loss(**trial.params))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(seen) == list(range(12))


def test_a_loop_that_is_left_gets_its_trial_again(name: str) -> None:
    study = chiron.study(name, SPACE, trials=2, method="random")
    left = next(iter(study))
    for trial in study:
        assert trial is not left and trial.number == left.number
        trial.tell(1)
        break


def test_what_is_not_told_is_said(name: str) -> None:
    study = chiron.study(name, SPACE, trials=2, method="random")
    with pytest.raises(chiron.NotTold, match="trial.tell"):
        for _ in study:
            pass


def test_a_pruned_trial(name: str) -> None:
    study = chiron.study(
        name, {"x": chiron.real(0, 1)}, trials=4, method="random", pruning={"rule": "halving", "factor": 2}
    )
    for trial in study:
        with trial:
            for step in range(1, 5):
                trial.report(step, trial.number + step)
            trial.tell(trial.number)
    states = [t.state for t in study.trials()]
    assert states[0] == "complete"
    assert set(states[1:]) == {"pruned"}
    assert study.trials("pruned")[0].value == 2


def test_a_report_that_is_not_finite_is_diverged(name: str) -> None:
    study = chiron.study(name, SPACE, trials=1, method="random")
    for trial in study:
        with pytest.raises(chiron.Pruned):
            trial.report(1, float("nan"))
    assert study.trial(0).failure == "diverged"


def test_a_report_may_answer_instead_of_raising(name: str) -> None:
    study = chiron.study(name, SPACE, trials=1, method="random")
    for trial in study:
        assert trial.report(1, 0.5, raises=False) is False
        assert trial.report(2, math.inf, raises=False) is True
        trial.prune()
    assert study.trial(0).failure == "diverged"


@pytest.mark.parametrize(
    ("raised", "failure"),
    [
        (MemoryError(), "oom"),
        (RuntimeError("CUDA out of memory. Tried to allocate 2.00 GiB"), "oom"),
        (type("OutOfMemoryError", (RuntimeError,), {})("allocation on device"), "oom"),
        (FloatingPointError("overflow"), "diverged"),
        (TimeoutError("too slow"), "timeout"),
        (ValueError("no such layer"), "crashed"),
    ],
)
def test_an_exception_is_an_outcome(name: str, raised: Exception, failure: str) -> None:
    study = chiron.study(name, SPACE, trials=1, method="random")
    for trial in study:
        with trial:
            raise raised
    stored = study.trial(0)
    assert stored.failure == failure
    assert type(raised).__name__ in (stored.message or "")


def test_an_interrupt_gives_the_trial_back(name: str) -> None:
    study = chiron.study(name, SPACE, trials=1, method="random")
    with pytest.raises(KeyboardInterrupt):
        for trial in study:
            with trial:
                raise KeyboardInterrupt
    assert study.trial(0).state == "ready"


def test_nan_is_diverged(name: str) -> None:
    study = chiron.study(name, SPACE, trials=1, method="random")
    for trial in study:
        trial.tell(float("nan"))
    assert study.trial(0).failure == "diverged"


def test_a_cancelled_trial_stops_and_its_result_is_not_stored(name: str) -> None:
    study = chiron.study(name, SPACE, trials=1, method="random")
    for trial in study:
        study.cancel(trial.number)
        with pytest.raises(chiron.Pruned):
            trial.report(1, 0.5)
        trial.tell(0.1)
        assert trial.state == "lost"
        break
    assert study.trial(0).state == "cancelled"


@pytest.mark.usefixtures("no_heartbeats")
@pytest.mark.parametrize("raises", [True, False])
def test_a_trial_that_is_lost_is_not_told_as_pruned(name: str, raises: bool) -> None:
    study = chiron.study(name, SPACE, trials=1, method="random", lease_seconds=2)
    for trial in study:
        second = take_away(trial)
        with trial:
            if trial.report(1, 0.5, raises=raises):
                trial.prune()
                raise chiron.Pruned
        assert trial.state == "lost"
        second.tell(0.25)
    assert (study.trial(0).state, study.trial(0).value) == ("complete", 0.25)


@pytest.mark.usefixtures("no_heartbeats")
def test_a_trial_that_a_coroutine_lost_is_not_told_as_pruned(name: str) -> None:
    study = chiron.study(name, SPACE, trials=1, method="random", lease_seconds=2)

    async def main() -> None:
        async for trial in study:
            second = take_away(trial.trial)
            async with trial:
                await trial.report(1, 0.5)
            second.tell(0.25)

    asyncio.run(main())
    assert (study.trial(0).state, study.trial(0).value) == ("complete", 0.25)


def test_heartbeats_keep_a_lease_that_is_shorter_than_the_training(name: str) -> None:
    study = chiron.study(name, SPACE, trials=1, method="random", lease_seconds=2)
    for trial in study:
        time.sleep(5)
        trial.tell(0.5)
    assert study.trial(0).attempt == 1
    assert study.summary()["lostAttempts"] == 0


def test_coroutines_share_a_study(name: str) -> None:
    study = chiron.study(name, SPACE, trials=8, method="random")
    seen: list[int] = []

    async def work() -> None:
        async for trial in study:
            async with trial:
                await trial.report(1, 1.0)
                await asyncio.sleep(0.01)
                seen.append(trial.number)
                await trial.tell(loss(**trial.params))

    async def main() -> None:
        await asyncio.gather(*(work() for _ in range(4)))

    asyncio.run(main())
    assert sorted(seen) == list(range(8))
    assert len(study.trials("complete")) == 8


def test_a_queued_configuration_runs_next(name: str) -> None:
    study = chiron.study(name, SPACE, trials=2, method="random")
    queued = study.enqueue(x=0.25, layers=3)
    trial = study.ask()
    assert trial is not None
    assert (trial.number, trial.params["x"], trial.params["layers"]) == (queued.number, 0.25, 3)
    with pytest.raises(chiron.Refused, match="x") as refused:
        study.enqueue(x=9)
    assert refused.value.code == "invalid_params"
    trial.tell(1)


def test_an_imported_trial_is_imported_once(name: str) -> None:
    study = chiron.study(name, SPACE, trials=2, method="random")
    params = {"x": 0.5, "layers": 2, "act": "relu"}
    numbers = {study.add(params, 0.75, key="run 1").number for _ in range(2)}
    assert len(numbers) == 1
    best = study.best
    assert best is not None and best.value == 0.75


def test_pause_and_resume(name: str) -> None:
    study = chiron.study(name, SPACE, trials=1, method="random")
    study.pause("the GPUs are needed")
    assert study.state == "paused"
    assert study.ask(wait=False) is None
    threading.Timer(0.5, study.resume).start()
    trial = study.ask()
    assert trial is not None
    trial.tell(1)
    study.delete()
    with pytest.raises(chiron.Refused):
        study.refresh()


def test_a_program_that_ends_by_an_error_tells_it(name: str) -> None:
    study = chiron.study(name, SPACE, trials=2, method="random")
    program = f"import chiron\nfor trial in chiron.study({name!r}):\n    raise ValueError('no such layer')\n"
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert ended.returncode == 1 and "no such layer" in ended.stderr
    stored = study.trial(0)
    assert (stored.state, stored.failure) == ("failed", "crashed")
    assert "no such layer" in (stored.message or "")
    subprocess.run(
        [sys.executable, "-c", program.replace("raise ValueError('no such layer')", "break")], check=True
    )
    assert study.trial(1).state == "ready"


def test_reading(name: str) -> None:
    study = chiron.study(name, SPACE, minimize="loss", trials=6, method="random")
    assert study.best is None
    assert "no trial is complete" in study._repr_html_()
    for trial in study:
        trial.tell(loss(**trial.params))
    assert [i["number"] for i in study.incumbents()][-1] == (study.best and study.best.number)
    html = study._repr_html_()
    assert html.count("<circle") == 6 and "<svg" in html and name in html
    assert study.url.endswith(f"/#/studies/{name}")
    frame = study.frame()
    assert list(frame["number"]) == list(range(6))
    assert {"value", "params.x", "params.layers", "params.act", "state"} <= set(frame.columns)


def test_the_page_is_opened_in_the_browser(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    monkeypatch.setattr("webbrowser.open", opened.append)
    study = chiron.study(name, SPACE, trials=1, method="random")
    for variable in ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER"):
        monkeypatch.delenv(variable, raising=False)
    if sys.platform == "linux":
        assert study.page == study.url and opened == []
    monkeypatch.setenv("DISPLAY", ":0")
    assert study.page == study.url and opened == [study.url]

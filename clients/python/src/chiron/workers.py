"""
Runs the trials of a study by a function: in this process, or in several.

Each worker process asks for itself. This process only watches: it shows the progress, and where a worker dies it tells
the trial that the worker had and starts another.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection as Pipe
from multiprocessing.connection import wait
from typing import TYPE_CHECKING, Any

from .calls import Call, adapt
from .errors import ChironError, Refused
from .outcomes import count_memory_kills, outcome_of_exit
from .progress import Progress
from .slots import process_name
from .trials import Trial, end_untold

if TYPE_CHECKING:
    from .studies import Study

#: A function of which the first so many trials all crash is at fault itself.
FIRST_CRASHES = 3
#: How long workers may take to give their trials back after an interrupt.
GRACE = 10.0
#: How often a worker looks whether the process that watches it is there.
LOOKS = 1.0


class ObjectiveFailed(ChironError):
    """The first trials all crashed. Its cause, or its text, is the last one's exception."""


def run_trials(
    study: Study, train: Callable[..., Any], workers: int, progress: bool | None, start_method: str | None
) -> None:
    call = adapt(train, study.spec.get("space"))
    with Progress(study, progress) as bar:
        if workers <= 1:
            _run_here(study, call, bar)
        else:
            _Team(study, train, workers, bar, start_method).run()


class _Crashes:
    """Counts the crashes before anything else has happened."""

    def __init__(self) -> None:
        self._first = 0
        self._else = False

    def count(self, outcome: str | None) -> bool:
        """Whether the function is at fault."""
        if outcome == "crashed":
            self._first += 1
        elif outcome is not None:
            self._else = True
        return not self._else and self._first >= FIRST_CRASHES


def _run_here(study: Study, call: Call, bar: Progress) -> None:
    crashes = _Crashes()
    for trial in study:
        error = run_trial(call, trial)
        bar.ended(trial.value, trial.outcome == "complete")
        if crashes.count(trial.outcome) and error is not None:
            raise ObjectiveFailed(_all_crashed(study)) from error


def run_trial(call: Call, trial: Trial) -> Exception | None:
    """Runs one trial to its outcome. Answers with the exception that became it."""
    failed: Exception | None = None
    with trial:
        try:
            result = call(trial)
            if trial.state == "running" or result is not None:
                trial.tell(result)
        except Exception as error:
            failed = error
            raise
    return failed


def _all_crashed(study: Study) -> str:
    return f"The first {FIRST_CRASHES} trials of {study.name} all crashed: the function is at fault"


# Several processes


@dataclass(frozen=True)
class _Began:
    number: int
    token: str
    memory_kills: int


@dataclass(frozen=True)
class _Ended:
    outcome: str | None
    value: float | None
    error: str | None


class _Done:
    pass


class _Worker:
    """One process, and the trial that it has."""

    def __init__(self, process: Any, pipe: Pipe, slot: int) -> None:
        self.process = process
        self.pipe = pipe
        self.slot = slot
        self.trial: _Began | None = None
        self.began_at = 0.0
        self.began_any = False
        self.done = False


class _Team:
    def __init__(
        self, study: Study, train: Callable[..., Any], workers: int, bar: Progress, start_method: str | None
    ) -> None:
        self._study = study
        self._train = train
        self._bar = bar
        self._crashes = _Crashes()
        self._context = multiprocessing.get_context(start_method or _start_method())
        self._name = study._worker or process_name()
        self._workers: list[_Worker] = []
        self._size = workers

    def run(self) -> None:
        try:
            for slot in range(self._size):
                self._workers.append(self._start(slot))
            while self._workers:
                self._watch()
        except BaseException:
            self._stop()
            raise

    def _start(self, slot: int) -> _Worker:
        here, there = self._context.Pipe(duplex=False)
        inherited = [here, *(w.pipe for w in self._workers)] if self._forks() else []
        study = self._study
        arguments = (study.connection, dict(study.spec), self._train, self._name, slot, there, inherited)
        process = self._context.Process(target=_work, args=arguments, name=f"chiron worker {slot}")  # type: ignore[attr-defined]
        process.start()
        there.close()
        return _Worker(process, here, slot)

    def _forks(self) -> bool:
        return self._context.get_start_method() == "fork"

    def _watch(self) -> None:
        """Takes one message of each worker that has sent some. The end of a pipe is the end of its process."""
        ready = wait([worker.pipe for worker in self._workers])
        for worker in [w for w in self._workers if w.pipe in ready]:
            try:
                self._take(worker, worker.pipe.recv())
            except (EOFError, OSError):
                self._replace(worker)

    def _take(self, worker: _Worker, message: object) -> None:
        if isinstance(message, _Began):
            worker.trial, worker.began_at, worker.began_any = message, time.monotonic(), True
        elif isinstance(message, _Ended):
            worker.trial = None
            self._bar.ended(message.value, message.outcome == "complete")
            if self._crashes.count(message.outcome):
                raise ObjectiveFailed(f"{_all_crashed(self._study)}\n\n{message.error}")
        elif isinstance(message, _Done):
            worker.done = True
        elif isinstance(message, BaseException):
            raise message

    def _replace(self, worker: _Worker) -> None:
        worker.process.join()
        worker.pipe.close()
        self._workers.remove(worker)
        if worker.done:
            return
        if not worker.began_any:
            raise ChironError(
                f"A worker ended with code {worker.process.exitcode} before its first trial (its output says why). "
                "With start_method='spawn' the function must be importable, and the script's own code under "
                "`if __name__ == '__main__':`"
            )
        if worker.trial is not None:
            seconds = time.monotonic() - worker.began_at
            outcome = self._tell_for(worker.trial, seconds, worker.process.exitcode)
            self._bar.ended(None, False)
            if self._crashes.count(outcome):
                raise ObjectiveFailed(_all_crashed(self._study))
        self._workers.append(self._start(worker.slot))

    def _tell_for(self, trial: _Began, seconds: float, code: int | None) -> str:
        outcome, message = outcome_of_exit(code, trial.memory_kills)
        told = {"outcome": outcome, "message": message, "trainSeconds": round(seconds, 3)}
        body = {"token": trial.token, **told}
        try:
            self._study.connection.post(f"{self._study.path}/trials/{trial.number}/tell", body)
        except Refused as error:
            if error.status != 409:
                raise
        return outcome

    def _stop(self) -> None:
        """Interrupts the workers: they give their trials back."""
        for worker in self._workers:
            if worker.process.is_alive() and hasattr(signal, "SIGINT"):
                os.kill(worker.process.pid, signal.SIGINT)
        until = time.monotonic() + GRACE
        for worker in self._workers:
            worker.process.join(max(0.0, until - time.monotonic()))
            if worker.process.is_alive():
                worker.process.kill()
                worker.process.join()
            worker.pipe.close()


def _work(
    connection: Any,
    stored: dict[str, Any],
    train: Callable[..., Any],
    name: str,
    slot: int,
    pipe: Pipe,
    inherited: list[Pipe],
) -> None:
    """What a worker process does."""
    from .studies import Study

    for end in inherited:
        end.close()  # sending fails once no process can read, so only the one that watches may
    _interrupt_once()
    _end_with_parent()
    try:
        study = Study(connection, stored, f"{name}/w{slot}")
        study.worker_number = slot
        call = adapt(train, stored.get("space"))
        for trial in study:
            pipe.send(_Began(trial.number, trial.token, count_memory_kills()))
            error = run_trial(call, trial)
            text = None if error is None else f"{type(error).__name__}: {error}"
            pipe.send(_Ended(trial.outcome, trial.value, text))
        pipe.send(_Done())
    except ChironError as error:
        pipe.send(error)
    except (KeyboardInterrupt, BrokenPipeError, ConnectionResetError):
        # The process that watches ends, or is gone. What atexit would do is not done in a process of multiprocessing.
        end_untold()


def _interrupt_once() -> None:
    """
    Ctrl-C reaches the workers twice: from the terminal, and from the process that watches them. The second one must not cut
    off the request that gives the trial back.
    """

    def interrupt(_number: int, _frame: object) -> None:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        raise KeyboardInterrupt

    signal.signal(signal.SIGINT, interrupt)


def _end_with_parent() -> None:
    """
    A parent that is killed interrupts nobody, so the worker interrupts itself and gives its trial back. A training that
    goes on all the same is ended, and nobody renews its lease.
    """
    parent = os.getppid()

    def watch() -> None:
        while not _is_orphan(parent):
            time.sleep(LOOKS)
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(GRACE)
        os._exit(1)

    threading.Thread(target=watch, name="chiron parent", daemon=True).start()


def _is_orphan(parent: int) -> bool:
    """The id stays on Windows and under a fork server, and the sentinel is kept open by forked siblings."""
    watching = multiprocessing.parent_process()
    return os.getppid() != parent or (watching is not None and not watching.is_alive())


def _start_method() -> str:
    """Forking is quick and takes any function along, but a process that has used CUDA cannot be forked."""
    if sys.platform != "linux":
        return "spawn"
    torch = sys.modules.get("torch")
    used_cuda = torch is not None and torch.cuda.is_available() and torch.cuda.is_initialized()
    return "spawn" if used_cuda else "fork"

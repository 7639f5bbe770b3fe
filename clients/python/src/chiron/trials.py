"""A trial that runs here: its parameters, its reports, and its one result."""

from __future__ import annotations

import atexit
import contextvars
import logging
import math
import os
import sys
import threading
import time
import weakref
from collections.abc import Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal

from .errors import LeaseLost, NotTold, OutsideTrial, Pruned, Refused, Unreachable
from .heartbeats import keep_alive
from .outcomes import free_memory, message_of, outcome_of
from .plain import number, plain

if TYPE_CHECKING:
    from .studies import Study

logger = logging.getLogger("chiron")

#: How long the end of a program waits for a server that does not answer.
LAST_PATIENCE = 30.0

State = Literal["running", "told", "lost"]
Outcome = Literal["complete", "oom", "diverged", "timeout", "crashed", "invalid", "pruned"]

_current: contextvars.ContextVar[Trial | None] = contextvars.ContextVar("chiron trial", default=None)
_untold: weakref.WeakSet[Trial] = weakref.WeakSet()


class Trial:
    """
    `params` is the configuration to run. Tell its result by `tell`, or by what happens in `with trial:`.

    Inside `with trial:` a pruned trial ends the block, running out of memory is told as `oom`, any other exception as
    `crashed`; the program goes on. An interrupt gives the trial back, so that another worker runs it.
    """

    def __init__(self, study: Study, given: Mapping[str, Any]) -> None:
        lease = given["lease"]
        self.study = study
        self.number: int = given["number"]
        self.params: dict[str, Any] = given["params"]
        self.attempt: int = given["attempt"]
        self.worker: str = given.get("worker", "")
        self.source: str = given["proposal"]["source"]
        self.heartbeat_seconds: float = lease["heartbeatSeconds"]
        self.token: str = lease["token"]
        self.state: State = "running"
        #: How it ended, and with which value; None while it runs.
        self.outcome: str | None = None
        self.value: float | None = None
        self._last: float | None = None
        self._began = time.monotonic()
        self._process = os.getpid()
        self._ending = threading.Lock()
        _reset_peak_memory()
        _untold.add(self)
        keep_alive(self)

    def __repr__(self) -> str:
        return f"<Trial {self.number} of {self.study.name}: {self.state}, {self.params}>"

    @property
    def seconds(self) -> float:
        """The time since it was handed out."""
        return time.monotonic() - self._began

    def report(self, step: int, value: Any, *, raises: bool = True) -> bool:
        """
        Reports an intermediate value. Where the trial is to stop, it tells that and raises `Pruned`; with
        `raises=False` it answers True instead, and the caller ends the training and calls `prune`. A trial that is lost
        is to stop too, and is not told.
        """
        found = number(value)
        stops = self._ask_whether_to_stop(int(step), found)
        if stops and raises:
            self.prune()
            raise Pruned(f"Trial {self.number} stops at step {step}")
        return stops

    def _ask_whether_to_stop(self, step: int, value: float) -> bool:
        self._last = value
        if self.state == "lost":
            return True
        try:
            answer = self._call("report", {"token": self.token, "step": step, "value": value})
        except LeaseLost as error:
            self._lose(error)
            return True
        return bool(answer["decision"] == "stop")

    def prune(self, value: float | None = None) -> None:
        """
        Ends the trial early, with its last report. One whose last report is not finite has diverged. One that is lost
        is not told.
        """
        if self.state == "lost":
            return  # a value from halfway would end the attempt of the worker that has the trial now
        last = self._last if value is None else value
        if last is None:
            self._tell({"outcome": "pruned"})
        elif math.isfinite(last):
            self._tell({"outcome": "pruned", "value": last})
        else:
            self._tell({"outcome": "diverged", "message": f"The last report was {last}"})

    def tell(
        self,
        value: Any = None,
        *,
        metrics: Mapping[str, Any] | None = None,
        seconds: float | None = None,
        peak_memory_mb: float | None = None,
        tokens_per_second: float | None = None,
        message: str | None = None,
    ) -> None:
        """
        Tells the result: a number, or a mapping with the study's metric and others. NaN and infinities make the trial
        `diverged`. Without `seconds` the time since the trial was handed out is charged.
        """
        found, others = self.study.split(value)
        told: dict[str, Any] = {"outcome": "complete", "value": found}
        measured = {**others, **(metrics or {})}
        if measured:
            told["metrics"] = plain(measured)
        extra = {"peakMemoryMb": peak_memory_mb, "tokensPerSecond": tokens_per_second, "message": message}
        self._tell({**told, **extra, "trainSeconds": seconds})

    def fail(self, outcome: Outcome = "crashed", message: str | None = None) -> None:
        """Tells that the configuration cannot be trained, never by a bad value: `oom`, `diverged`, `timeout`, …"""
        self._tell({"outcome": outcome, "message": message})

    def give_back(self, reason: str) -> None:
        """The trial cannot run here, for a reason that is not its configuration's: any worker may take it."""
        with self._ending:
            if self.state != "running":
                return
            self.state = "lost"
        try:
            self._call("return", {"token": self.token, "reason": reason}, patience=5.0)
        except (Refused, Unreachable) as error:
            logger.warning("Trial %d could not be given back: %s", self.number, error)

    def cancel(self) -> None:
        """Takes the trial out of the study: it is not this configuration that ran."""
        with self._ending:
            self.state = "lost"
        self.study.cancel(self.number)

    def as_given(self) -> dict[str, Any]:
        """What makes this trial again in another process, where its lease is renewed from then on."""
        return {
            "number": self.number,
            "params": self.params,
            "attempt": self.attempt,
            "worker": self.worker,
            "proposal": {"source": self.source},
            "lease": {"token": self.token, "heartbeatSeconds": self.heartbeat_seconds},
        }

    def renew(self) -> None:
        """One heartbeat. One that is not answered is followed by the next in time."""
        try:
            self._call("heartbeat", {"token": self.token}, patience=0.0, timeout=10.0)
        except LeaseLost as error:
            self._lose(error)
        except (Refused, Unreachable) as error:
            logger.debug("The heartbeat of trial %d was not answered: %s", self.number, error)

    def _tell(self, told: dict[str, Any]) -> None:
        with self._ending:
            if self.state == "told":
                raise NotTold(f"Trial {self.number} has been told already: its first result is kept")
            body = {name: part for name, part in told.items() if part is not None}
            body.setdefault("trainSeconds", round(self.seconds, 3))
            _add_peak_memory(body)
            try:
                stored = self._call("tell", {"token": self.token, **body})
            except (
                LeaseLost
            ) as error:  # a late tell counts, unless the trial was cancelled or told by another worker
                self.state = "lost"
                logger.warning("The result of trial %d is not stored: %s", self.number, error)
            else:
                self.state = "told"
                self.outcome = stored.get("failure") or stored["state"]
                self.value = stored.get("value")
        self.study.saw(self)

    def _lose(self, error: LeaseLost) -> None:
        if self.state == "running":
            self.state = "lost"
            logger.warning("Trial %d is lost: %s", self.number, error)

    def _call(self, what: str, body: dict[str, Any], **options: Any) -> Any:
        return self.study.connection.post(f"{self.study.path}/trials/{self.number}/{what}", body, **options)

    def __enter__(self) -> Trial:
        self._entered = _current.set(self)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        self.leave()
        if error is None:
            self.require_end()
            return True
        return self.settle(error)

    def leave(self) -> None:
        _current.reset(self._entered)

    def require_end(self) -> None:
        """A result that is forgotten would keep the trial running for as long as this process does."""
        if self.state == "running":
            raise NotTold(
                f"Trial {self.number} has no result: call trial.tell(value), trial.fail() or trial.give_back()"
            )

    def settle(self, error: BaseException) -> bool:
        """Makes an exception the outcome of the trial. Answers whether the program goes on."""
        if not isinstance(error, Exception):
            self.give_back(f"Its worker was stopped ({type(error).__name__})")
            return False
        if self.state == "told" or isinstance(error, (Unreachable, NotTold)):
            return isinstance(error, Pruned)
        if isinstance(error, Pruned):
            if self.state == "running":
                self.prune()
            return True
        outcome = outcome_of(error)
        self._tell({"outcome": outcome, "message": message_of(error)})
        log = logger.warning if outcome == "crashed" else logger.info
        log("Trial %d: %s", self.number, outcome, exc_info=error if outcome == "crashed" else None)
        free_memory(error)
        return True


def current_trial() -> Trial:
    """The trial of the code that runs: of the loop, of `with trial:`, or of the objective."""
    trial = _current.get()
    if trial is None:
        raise OutsideTrial(
            "There is no trial here: call this in a `for trial in study` loop, in an objective or in `with trial:`, "
            "or pass trial=…"
        )
    return trial


def current_or_none() -> Trial | None:
    return _current.get()


def set_current(trial: Trial | None) -> None:
    _current.set(trial)


def _reset_peak_memory() -> None:
    cuda = _cuda()
    if cuda is not None:
        cuda.reset_peak_memory_stats()


def _add_peak_memory(told: dict[str, Any]) -> None:
    cuda = _cuda()
    if cuda is not None and told["outcome"] in ("complete", "pruned") and "peakMemoryMb" not in told:
        told["peakMemoryMb"] = round(cuda.max_memory_allocated() / 2**20, 1)


def _cuda() -> Any:
    """PyTorch's CUDA, where the training uses it."""
    torch = sys.modules.get("torch")
    cuda = getattr(torch, "cuda", None)
    return cuda if cuda is not None and cuda.is_available() and cuda.is_initialized() else None


@atexit.register
def end_untold() -> None:
    """At the end of a program that left a trial: an error of the program was the trial's, else another may run it."""
    interactive = hasattr(sys, "ps1") or "ipykernel" in sys.modules  # the last error may be of anything there
    error = None if interactive else getattr(sys, "last_value", None)
    for trial in list(_untold):
        if trial.state != "running" or trial._process != os.getpid():
            continue
        if isinstance(error, Exception):
            trial.study.connection.patience = min(LAST_PATIENCE, trial.study.connection.patience)
            trial.settle(error)
        else:
            trial.give_back("Its worker ended")

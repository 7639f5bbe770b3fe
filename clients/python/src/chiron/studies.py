"""A study: its space, its trials, and the loop that asks for them and tells their results."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
import time
import weakref
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Optional
from urllib.parse import quote

from .browser import open_page
from .connection import Connection
from .curve import draw_curve
from .defaults import PATIENCE, connection_of
from .plain import number, plain
from .records import Recommendation, Record, as_frame, read_record
from .slots import process_name, slot_name, slots_of
from .specs import StudyOptions, spec_of
from .trials import Trial, current_or_none, set_current

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from .asynchronous import AsyncTrial

logger = logging.getLogger("chiron")

#: How long one ask waits on the server before it is sent again.
WAIT = 30
#: How long a coroutine waits between two asks: the server looks as often for an ask that waits.
PAUSE = 0.5

#: A trial, or the code and the message of why there is none.
_Answer = tuple[Optional[Trial], str, str]


def study(
    name: str,
    space: str | Mapping[str, Any] | None = None,
    *,
    seed: int | None = None,
    description: str | None = None,
    worker: str | None = None,
    server: str | None = None,
    token: str | None = None,
    patience: float = PATIENCE,
    **options: Unpack[StudyOptions],
) -> Study:
    """
    Creates a study, or opens it where it exists with the same spec, so that a script may be run twice. With a name
    alone it opens the study of this name, whatever its spec.

    `server` and `token` are by default CHIRON_SERVER and CHIRON_TOKEN. `worker` is the name under which this program
    asks: give one that stays the same to get a trial back after a restart, and never to two programs at a time.
    `patience` is for how many seconds a call is repeated while the server does not answer.
    """
    connection = connection_of(server, token, patience)
    spec = spec_of(space, options)
    if not spec and seed is None:
        return Study(connection, connection.get(f"/studies/{quote(name, safe='')}"), worker)
    named = {"name": name, "seed": plain(seed), "description": description}
    spec.update({field: value for field, value in named.items() if value is not None})
    return Study(connection, connection.post("/studies", spec), worker)


class Study:
    """Iterate over it to run its trials: `for trial in study: trial.tell(train(**trial.params))`."""

    def __init__(self, connection: Connection, stored: Mapping[str, Any], worker: str | None = None) -> None:
        self.connection = connection
        self.name: str = stored["name"]
        self.id: str = stored["id"]
        self.metric: str = stored["objective"]["metric"]
        self.maximizes: bool = stored["objective"]["direction"] == "maximize"
        self.path = f"/studies/{quote(self.name, safe='')}"
        #: The study as the service stored it, when it was opened.
        self.spec: Mapping[str, Any] = stored
        #: Which of the workers of `optimize` this process is, from 0: the number of its GPU, for example.
        self.worker_number = 0
        self._worker = worker
        self._objective: Callable[..., Any] | None = None
        self._observers: list[Callable[[Trial], None]] = []

    def __repr__(self) -> str:
        return f"<Study {self.name} at {self.connection.address}>"

    # Running trials

    def __iter__(self) -> Iterator[Trial]:
        """Asks until the study is finished. A trial that is left by `break` or an error is still yours to tell."""
        with self._slot() as worker:
            while (trial := self._next(worker)) is not None:
                before = current_or_none()
                set_current(trial)
                try:
                    yield trial
                finally:
                    set_current(before)
                trial.require_end()

    async def __aiter__(self) -> AsyncIterator[AsyncTrial]:
        """The same for coroutines: several may iterate over one study, each runs one trial at a time."""
        from .asynchronous import AsyncTrial

        with self._slot() as worker:
            while (trial := await self._next_later(worker)) is not None:
                yield AsyncTrial(trial)
                trial.require_end()

    def ask(self, *, wait: bool = True) -> Trial | None:
        """
        One trial, which is yours until you tell it: each call answers with another. None: the study is finished, or,
        without `wait`, it has no trial now.
        """
        slots = slots_of(self.connection.address, self.name, self.worker)
        slot = slots.take()
        name = slot_name(self.worker, slot)
        trial = self._next(name) if wait else self._ask(name, 0)[0]
        if trial is None:
            slots.free(slot)
        else:
            weakref.finalize(trial, slots.free, slot)
        return trial

    def objective(self, train: Callable[..., Any]) -> Callable[..., Any]:
        """A decorator: `study.optimize()` then runs this function."""
        self._objective = train
        return train

    def optimize(
        self,
        train: Callable[..., Any] | None = None,
        *,
        workers: int = 1,
        progress: bool | None = None,
        start_method: str | None = None,
    ) -> Optional[Record]:
        """
        Runs trials until the study is finished, and answers with the best one.

        `train` takes the parameters by their names, or the trial, or both (`trial` and parameters). It returns the
        value, or a mapping of metrics. Running out of memory, NaN and exceptions become outcomes. Where the first
        three trials all crash, the last exception is raised: the function is at fault, not the configurations.

        Each of several `workers` is a process. `start_method` is that of multiprocessing: "fork" where the system has
        it and CUDA has not been used in this process, else "spawn".
        """
        from .workers import run_trials

        found = train or self._objective
        if found is None:
            raise TypeError("Give optimize a function, or decorate one with @study.objective")
        run_trials(self, found, workers, progress, start_method)
        return self.best

    @property
    def worker(self) -> str:
        """The name under which this process asks."""
        return self._worker or process_name()

    @contextlib.contextmanager
    def _slot(self) -> Iterator[str]:
        slots = slots_of(self.connection.address, self.name, self.worker)
        slot = slots.take()
        try:
            yield slot_name(self.worker, slot)
        finally:
            slots.free(slot)

    def _next(self, worker: str) -> Trial | None:
        """Waits until there is a trial, or will be none any more."""
        said = ""
        while True:
            trial, code, message = self._ask(worker, WAIT)
            if trial is not None or code == "finished":
                return trial
            said = self._say_paused(code, message, said)

    async def _next_later(self, worker: str) -> Trial | None:
        """As `_next`, but the coroutine waits, and no thread does: nothing can cancel a thread."""
        said = ""
        while True:
            trial, code, message = await self._ask_in_thread(worker)
            if trial is not None or code == "finished":
                return trial
            said = self._say_paused(code, message, said)
            await asyncio.sleep(PAUSE)

    async def _ask_in_thread(self, worker: str) -> _Answer:
        """Where the coroutine is cancelled meanwhile, a trial that arrives is given back."""
        abandoned = threading.Event()
        arrived: list[Trial] = []

        def ask() -> _Answer:
            answer = self._ask(worker, 0, abandoned=abandoned)
            if answer[0] is not None:
                arrived.append(answer[0])
            if abandoned.is_set():
                give_back()
            return answer

        def give_back() -> None:
            for trial in arrived:
                trial.give_back("Its coroutine was cancelled")

        try:
            return await asyncio.to_thread(ask)
        except asyncio.CancelledError:
            abandoned.set()
            give_back()  # one that arrived in the thread just before
            raise

    def _say_paused(self, code: str, message: str, said: str) -> str:
        """Once, and again where the study was at work meanwhile."""
        if code == "paused" and said != code:
            logger.warning("Study %s is paused: %s", self.name, message)
        return code

    def _ask(self, worker: str, wait: float, **options: Any) -> _Answer:
        began = time.monotonic()
        answer = self.connection.post(f"{self.path}/ask", {"worker": worker, "wait": wait}, **options)
        if answer["trials"]:
            return Trial(self, answer["trials"][0]), "", ""
        reason = answer.get("reason", {})
        if wait > 0 and reason.get("code") != "finished" and time.monotonic() - began < 0.5:
            time.sleep(0.5)  # a server that is stopping does not wait
        return None, reason.get("code", ""), reason.get("message", "")

    def split(self, value: Any) -> tuple[float, dict[str, Any]]:
        """The value of the metric, and the other measurements."""
        if not isinstance(value, Mapping):
            return number(value), {}
        if self.metric not in value:
            names = ", ".join(map(str, value)) or "nothing"
            raise TypeError(f"The study needs its metric {self.metric!r}, and was told {names}")
        others = {str(name): part for name, part in value.items() if name != self.metric}
        return number(value[self.metric]), others

    def saw(self, trial: Trial) -> None:
        for observer in list(self._observers):
            observer(trial)

    # Reading

    def refresh(self) -> Mapping[str, Any]:
        """The study as it is now: its state, its best trial, and how many trials are in each state."""
        self.spec = self.connection.get(self.path)
        return self.spec

    @property
    def state(self) -> str:
        """active, paused or finished."""
        return str(self.refresh()["state"])

    @property
    def best(self) -> Optional[Record]:
        """The trial with the best observed value; None while there is none."""
        best = self.refresh().get("best")
        return None if best is None else self.trial(best["number"])

    @property
    def recommended(self) -> Optional[Recommendation]:
        """The best configuration by the optimizer's model, where it has one: under noise better than `best`."""
        found = self.summary().get("recommended")
        return None if found is None else Recommendation(**found)

    def summary(self) -> Mapping[str, Any]:
        """Counts, failures, the budget, the advisor, the incumbent."""
        answer: Mapping[str, Any] = self.connection.get(f"{self.path}/summary")
        return answer

    def trial(self, number: int) -> Record:
        return read_record(self.connection.get(f"{self.path}/trials/{number}"))

    def trials(self, state: str | None = None) -> list[Record]:
        """All trials by number, or those in one state: complete, failed, pruned, running, …"""
        query = "" if state is None else f"&state={quote(state)}"
        return [read_record(trial) for trial in self._pages("trials", query)]

    def incumbents(self) -> list[dict[str, Any]]:
        """The best values in the order in which they were found."""
        return list(self._pages("incumbents"))

    def frame(self) -> Any:
        """All trials as a pandas DataFrame; a list of dictionaries where pandas is not installed."""
        return as_frame(self.trials())

    @property
    def url(self) -> str:
        """The address of the study's page."""
        return f"{self.connection.address}/#/studies/{quote(self.name, safe='')}"

    @property
    def page(self) -> str:
        """Opens the study's page in the browser, where there is one, and answers with its address."""
        open_page(self.url)
        return self.url

    def _repr_html_(self) -> str:
        return draw_curve(self)

    def _pages(self, what: str, query: str = "") -> Iterator[dict[str, Any]]:
        cursor = ""
        while True:
            page = self.connection.get(f"{self.path}/{what}?limit=1000{query}{cursor}")
            yield from page[what]
            if "nextCursor" not in page:
                return
            cursor = f"&cursor={quote(page['nextCursor'], safe='')}"

    # Changing

    def enqueue(
        self, params: Mapping[str, Any] | None = None, *, repair: bool = False, **named: Any
    ) -> Record:
        """Queues a configuration to run next; parameters that are left out take their defaults."""
        body = {"params": plain({**(params or {}), **named}), **({"repair": True} if repair else {})}
        return read_record(self.connection.post(f"{self.path}/trials", body))

    def add(
        self,
        params: Mapping[str, Any],
        value: Any = None,
        *,
        key: str,
        outcome: str = "complete",
        **told: Any,
    ) -> Record:
        """Imports a trial that ran elsewhere. It costs no budget; one with the same key is imported once."""
        body: dict[str, Any] = {
            "params": plain(params),
            "outcome": outcome,
            "idempotencyKey": key,
            **plain(told),
        }
        if value is not None:
            body["value"] = number(value)
        return read_record(self.connection.post(f"{self.path}/trials", body))

    def cancel(self, number: int) -> None:
        """Cancels a queued or running trial. Its worker stops at its next report."""
        self.connection.call("POST", f"{self.path}/trials/{number}/cancel")

    def pause(self, reason: str | None = None) -> None:
        """No trial begins until `resume`. Running ones go on."""
        self._change("paused", reason)

    def resume(self) -> None:
        self._change("active")

    def finish(self, reason: str | None = None) -> None:
        """Ends the study: workers stop after their trials."""
        self._change("finished", reason)

    def delete(self, *, force: bool = False) -> None:
        """Deletes the study and its trials; while trials run only with `force`."""
        self.connection.call("DELETE", self.path + ("?force=true" if force else ""))

    def _change(self, state: str, reason: str | None = None) -> None:
        body = {"state": state} if reason is None else {"state": state, "reason": reason}
        self.spec = self.connection.call("PATCH", self.path, body)

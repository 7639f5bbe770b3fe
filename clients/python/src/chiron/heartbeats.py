"""Renews the leases of all running trials of this process, in one thread."""

from __future__ import annotations

import os
import threading
import time
import weakref
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .trials import Trial


class _Heartbeats(threading.Thread):
    """A trial that nobody holds any more gets no heartbeats, so its lease ends and another worker gets it."""

    def __init__(self) -> None:
        super().__init__(name="chiron heartbeats", daemon=True)
        self._changed = threading.Condition()
        self._due: list[tuple[float, weakref.ref[Trial]]] = []

    def add(self, trial: Trial) -> None:
        with self._changed:
            self._due.append((time.monotonic() + trial.heartbeat_seconds, weakref.ref(trial)))
            self._changed.notify()

    def run(self) -> None:
        while True:
            for known in self._wait():
                trial = known()
                if trial is not None and trial.state == "running":
                    trial.renew()
                    self.add(trial)
                del trial

    def _wait(self) -> list[weakref.ref[Trial]]:
        """Waits until heartbeats are due, and takes them."""
        with self._changed:
            while True:
                now = time.monotonic()
                due = [trial for at, trial in self._due if at <= now]
                if due:
                    self._due = [entry for entry in self._due if entry[0] > now]
                    return due
                soonest = min((at for at, _ in self._due), default=None)
                self._changed.wait(None if soonest is None else soonest - now)


_lock = threading.Lock()
_running: tuple[int, _Heartbeats] | None = None


def _after_fork() -> None:
    """A forked process has neither the thread of its parent nor the trials."""
    global _lock, _running
    _lock, _running = threading.Lock(), None


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


def keep_alive(trial: Trial) -> None:
    global _running
    with _lock:
        if _running is None or _running[0] != os.getpid():
            thread = _Heartbeats()
            thread.start()
            _running = (os.getpid(), thread)
    _running[1].add(trial)

"""
Names of workers. A worker that asks under the same name gets its open trials again, so two that run at the same time
must have different names: each process has its own, and each loop in it a slot.
"""

from __future__ import annotations

import os
import secrets
import socket
import threading
from collections import defaultdict


class Slots:
    """The slots of one study in this process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._taken: set[int] = set()

    def take(self) -> int:
        """The lowest free one: a loop that is started again after an error gets the trial of that loop again."""
        with self._lock:
            slot = next(n for n in range(len(self._taken) + 1) if n not in self._taken)
            self._taken.add(slot)
            return slot

    def free(self, slot: int) -> None:
        with self._lock:
            self._taken.discard(slot)


_of_studies: defaultdict[tuple[int, str, str, str], Slots] = defaultdict(Slots)
_names: dict[int, str] = {}


def slots_of(server: str, study: str, worker: str) -> Slots:
    return _of_studies[os.getpid(), server, study, worker]


def process_name() -> str:
    """This process among all processes on all machines."""
    process = os.getpid()
    if process not in _names:
        _names[process] = f"{socket.gethostname()[:100]}-{process}-{secrets.token_hex(3)}"
    return _names[process]


def slot_name(worker: str, slot: int) -> str:
    return worker if slot == 0 else f"{worker}/{slot}"

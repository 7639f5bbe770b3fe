"""A trial for coroutines: the same as `Trial`, without blocking the event loop."""

from __future__ import annotations

import asyncio
from types import TracebackType
from typing import Any

from .errors import Pruned
from .trials import Outcome, Trial


class AsyncTrial:
    """`async for trial in study: await trial.tell(await train(**trial.params))`."""

    def __init__(self, trial: Trial) -> None:
        self.trial = trial
        self.number = trial.number
        self.params = trial.params

    def __repr__(self) -> str:
        return repr(self.trial)

    async def report(self, step: int, value: Any, *, raises: bool = True) -> bool:
        """As `Trial.report`."""
        stops = await asyncio.to_thread(self.trial.report, step, value, raises=False)
        if stops and raises:
            await asyncio.to_thread(self.trial.prune)
            raise Pruned(f"Trial {self.number} stops at step {step}")
        return stops

    async def tell(self, value: Any = None, **told: Any) -> None:
        """As `Trial.tell`."""
        await asyncio.to_thread(self.trial.tell, value, **told)

    async def prune(self) -> None:
        """As `Trial.prune`."""
        await asyncio.to_thread(self.trial.prune)

    async def fail(self, outcome: Outcome = "crashed", message: str | None = None) -> None:
        """As `Trial.fail`."""
        await asyncio.to_thread(self.trial.fail, outcome, message)

    async def give_back(self, reason: str) -> None:
        """As `Trial.give_back`."""
        await asyncio.to_thread(self.trial.give_back, reason)

    async def __aenter__(self) -> AsyncTrial:
        self.trial.__enter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        self.trial.leave()
        if error is None:
            self.trial.require_end()
            return True
        return await asyncio.to_thread(self.trial.settle, error)

"""Shows how far a study is: by tqdm or rich where one of them is installed, else by lines."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from types import TracebackType
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from .studies import Study


class _Bar(Protocol):
    def show(self, ended: int, text: str) -> None: ...
    def close(self) -> None: ...


class Progress(AbstractContextManager["Progress"]):
    """Counts ended trials, and the best value. `shown` None: only on a terminal and in notebooks."""

    def __init__(self, study: Study, shown: bool | None = None) -> None:
        visible = _somebody_looks() if shown is None else shown
        stored = study.refresh()
        self._ended = sum(stored["trials"][state] for state in ("complete", "failed", "pruned"))
        self._best: float | None = stored.get("best", {}).get("value")
        self._study = study
        self._bar = _open_bar(study.name, stored["budget"].get("trials"), self._ended) if visible else None

    def ended(self, value: float | None, complete: bool) -> None:
        self._ended += 1
        if complete and value is not None:
            pick = max if self._study.maximizes else min
            self._best = value if self._best is None else pick(self._best, value)
        if self._bar is not None:
            best = "" if self._best is None else f"best {self._study.metric} {self._best:.6g}"
            self._bar.show(self._ended, best)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.close()


def _open_bar(name: str, total: int | None, ended: int) -> _Bar:
    makers: tuple[Callable[[str, int | None, int], _Bar], ...] = (_Tqdm, _Rich)
    for make in makers:
        try:
            return make(name, total, ended)
        except ImportError:
            continue
    return _Lines(name, total)


class _Tqdm:
    def __init__(self, name: str, total: int | None, ended: int) -> None:
        from tqdm.auto import tqdm  # type: ignore[import-untyped, unused-ignore]

        self._bar: Any = tqdm(desc=name, total=total, initial=ended, unit="trial")

    def show(self, ended: int, text: str) -> None:
        self._bar.set_postfix_str(text, refresh=False)
        self._bar.update(ended - self._bar.n)

    def close(self) -> None:
        self._bar.close()


class _Rich:
    def __init__(self, name: str, total: int | None, ended: int) -> None:
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        self._bar = Progress(*columns, TextColumn("{task.fields[text]}"))
        self._task = self._bar.add_task(name, total=total, completed=ended, text="")
        self._bar.start()

    def show(self, ended: int, text: str) -> None:
        self._bar.update(self._task, completed=ended, text=text)

    def close(self) -> None:
        self._bar.stop()


class _Lines:
    def __init__(self, name: str, total: int | None) -> None:
        self._name = name
        self._of = "" if total is None else f" of {total}"

    def show(self, ended: int, text: str) -> None:
        print(f"{self._name}: {ended}{self._of} trials {text}".rstrip(), file=sys.stderr)

    def close(self) -> None:
        pass


def _somebody_looks() -> bool:
    return sys.stderr.isatty() or "ipykernel" in sys.modules

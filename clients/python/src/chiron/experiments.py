"""Experiments: methods that are compared on the same seeds, with their analysis (docs/experiments.md)."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Union
from urllib.parse import quote

from .browser import open_page
from .connection import Connection
from .defaults import connection_of
from .errors import ChironError, Refused
from .plain import plain
from .specs import StudyOptions, spec_of
from .studies import Study, study

if TYPE_CHECKING:
    from typing_extensions import Unpack

Arms = Union[Mapping[str, Any], Sequence[Mapping[str, Any]]]
_ENDED = ("finished", "failed")


def experiment(
    name: str,
    space: str | Mapping[str, Any] | None = None,
    *,
    arms: Arms | None = None,
    ablation: Mapping[str, Any] | None = None,
    seeds: int | Sequence[int] | None = None,
    baseline: str | None = None,
    cells_at_a_time: int | None = None,
    plan: Mapping[str, Any] | None = None,
    server: str | None = None,
    token: str | None = None,
    **options: Unpack[StudyOptions],
) -> Experiment:
    """
    Declares an experiment and starts it, or opens it where it exists with the same plan. With a name alone it opens
    the experiment of this name.

    `arms` maps each arm's name to its method, or to a mapping of what is different in it. `options` are what all
    studies have in common. `plan` has further members as the service's JSON has them: looks, alpha, test, endpoint, …
    """
    connection = connection_of(server, token)
    if arms is None and ablation is None:
        return Experiment(connection, connection.get(f"/experiments/{quote(name, safe='')}"))
    return Experiment(connection, connection.post("/experiments", _spec(name, space, locals(), options)))


def dry_run(name: str, space: str | Mapping[str, Any] | None = None, **given: Any) -> Mapping[str, Any]:
    """What `experiment` would cost with these arguments, and what it could show. Nothing is created."""
    names = ("arms", "ablation", "seeds", "baseline", "cells_at_a_time", "plan")
    own = {key: given.pop(key, None) for key in names}
    connection = connection_of(given.pop("server", None), given.pop("token", None))
    body = {**_spec(name, space, own, StudyOptions(**given)), "dryRun": True}  # type: ignore[typeddict-item]
    answer: Mapping[str, Any] = connection.post("/experiments", body)
    return answer


def _spec(
    name: str, space: str | Mapping[str, Any] | None, given: Mapping[str, Any], options: StudyOptions
) -> dict[str, Any]:
    parts = {
        "arms": None if given["arms"] is None else _arms(given["arms"]),
        "ablation": given["ablation"],
        "seeds": given["seeds"],
        "baseline": given["baseline"],
        "parallel": given["cells_at_a_time"],
        **(given["plan"] or {}),
    }
    return {
        "name": name,
        "study": spec_of(space, options),
        **{k: plain(v) for k, v in parts.items() if v is not None},
    }


def _arms(given: Arms) -> list[dict[str, Any]]:
    if not isinstance(given, Mapping):
        return [dict(arm) for arm in given]
    as_method = {name: {"method": arm} if isinstance(arm, str) else arm for name, arm in given.items()}
    return [{"name": name, **arm} for name, arm in as_method.items()]


class Experiment:
    def __init__(self, connection: Connection, stored: Mapping[str, Any]) -> None:
        self.connection = connection
        self.name: str = stored["name"]
        self.path = f"/experiments/{quote(self.name, safe='')}"
        #: The experiment as it was when it was read last: its arms, seeds, cells and progress.
        self.spec: Mapping[str, Any] = stored

    def __repr__(self) -> str:
        return f"<Experiment {self.name}: {self.spec['state']}, {self.spec['progress']}>"

    def refresh(self) -> Mapping[str, Any]:
        self.spec = self.connection.get(self.path)
        return self.spec

    @property
    def state(self) -> str:
        """running, paused, finished or failed."""
        return str(self.refresh()["state"])

    @property
    def plan(self) -> Mapping[str, Any]:
        """What the plan can show, as it was declared."""
        found: Mapping[str, Any] = self.spec["plan"]
        return found

    def cells(self) -> list[dict[str, Any]]:
        """One for each arm and seed: its state, its endpoint, what it used."""
        return list(self.refresh()["cells"])

    def analysis(self) -> Mapping[str, Any]:
        """What the cells show so far; a verdict is final only at a planned look."""
        answer: Mapping[str, Any] = self.connection.get(f"{self.path}/analysis")
        return answer

    def wait(self, timeout: float | None = None, *, every: float = 2.0) -> Experiment:
        """Waits until all cells have ended. Raises where one failed, or where `timeout` seconds are over."""
        until = None if timeout is None else time.monotonic() + timeout
        while (state := self.state) not in _ENDED:
            if until is not None and time.monotonic() > until:
                raise TimeoutError(
                    f"Experiment {self.name} is {state} after {timeout} s: {self.spec['progress']}"
                )
            time.sleep(every)
        if state == "failed":
            reasons = {
                f"{c['arm']}, seed {c['seed']}: {c.get('reason')}"
                for c in self.spec["cells"]
                if c["state"] == "failed"
            }
            raise ChironError(f"Cells of experiment {self.name} failed:\n  " + "\n  ".join(sorted(reasons)))
        return self

    def optimize(
        self, train: Callable[..., Any], *, workers: int = 1, progress: bool | None = None
    ) -> Experiment:
        """
        Runs the trials of an experiment that has no trainer by this function, one cell after the other, until all cells
        have ended. While the experiment is paused it waits.
        """
        while self.refresh()["state"] not in _ENDED:
            opened = self._open_studies()
            for one in opened:
                one.optimize(train, workers=workers, progress=progress)
            time.sleep(0.2 if opened else 1.0)
        return self.wait()

    def _open_studies(self) -> list[Study]:
        names = [_study_of(cell) for cell in self.spec["cells"] if cell["state"] in ("running", "measuring")]
        return [found for found in map(self._study, names) if found is not None]

    def _study(self, name: str) -> Study | None:
        """None: a cell begins before its study is there."""
        try:
            return study(name, server=self.connection.address, token=self.connection.token)
        except Refused as error:
            if error.code != "study_not_found":
                raise
            return None

    def pause(self, reason: str | None = None) -> None:
        """No cell begins, and the studies of open cells pause."""
        self._command("pause", reason)

    def resume(self) -> None:
        self._command("resume")

    def stop(self, reason: str | None = None) -> None:
        """Stops the cells that have not ended; those that have keep their results."""
        self._command("stop", reason)

    def retry(self, arm: str, seed: int) -> None:
        """Runs a cell again that failed or was stopped."""
        path = f"{self.path}/cells/{quote(arm, safe='')}/{seed}/retry"
        self.spec = self.connection.call("POST", path)

    def add(self, *, seeds: int | Sequence[int] | None = None, arms: Arms | None = None) -> None:
        """Adds seeds or arms. The analysis marks them as additions."""
        body = {"seeds": plain(seeds), "arms": None if arms is None else plain(_arms(arms))}
        self.spec = self.connection.call("PATCH", self.path, {k: v for k, v in body.items() if v is not None})

    def delete(self, *, force: bool = False) -> None:
        self.connection.call("DELETE", self.path + ("?force=true" if force else ""))

    @property
    def page(self) -> str:
        """Opens the experiment's page in the browser, where there is one, and answers with its address."""
        url = f"{self.connection.address}/#/experiments/{quote(self.name, safe='')}"
        open_page(url)
        return url

    def _command(self, what: str, reason: str | None = None) -> None:
        self.spec = self.connection.post(f"{self.path}/{what}", {} if reason is None else {"reason": reason})


def _study_of(cell: Mapping[str, Any]) -> str:
    """The endpoint of a cell is measured in a study of its own, by another name each time that the cell runs again."""
    if cell["state"] != "measuring":
        return str(cell["study"])
    attempt = cell.get("attempt", 1)
    return f"{cell['study']}.endpoint" + ("" if attempt == 1 else f".{attempt}")

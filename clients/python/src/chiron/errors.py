"""Every error of this client. Its message names the place and the remedy."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class ChironError(Exception):
    """The base of all errors of this client; `Pruned` is none, because a pruned trial is an ordinary outcome."""


class Unreachable(ChironError):
    """Nothing answers at the server's address, for longer than the client's patience."""


class VersionMismatch(ChironError):
    """The server and this client have versions that do not work together."""


class InvalidSpace(ChironError):
    """A search space that cannot be written as JSON."""


class NotTold(ChironError):
    """A trial was left without a result."""


class OutsideTrial(ChironError):
    """A callback needs the trial of the code that runs, and there is none."""


class NodeMissing(ChironError):
    """`chiron.serve` needs Node and the service, and one of them is not installed."""


class Refused(ChironError):
    """The server refused a request. `code` is stable, and `errors` lists each place with what was expected there."""

    def __init__(self, message: str, status: int, problem: Mapping[str, Any]) -> None:
        super().__init__(message)
        self.status = status
        self.problem = problem
        self.code: str = problem.get("code", "")
        self.errors: list[dict[str, str]] = list(problem.get("errors", []))

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (str(self), self.status, dict(self.problem))


class Unauthorized(Refused):
    """The server needs a token, or another one than it was given."""


class LeaseLost(Refused):
    """The trial was cancelled, or another worker has it."""


class Pruned(Exception):
    """Raised by `trial.report` where the trial is to stop. The trial has been told already, or is lost."""


def refusal(address: str, status: int, problem: Mapping[str, Any], token: str | None) -> Refused:
    """The error of an answer that is none of success."""
    code = problem.get("code")
    if status == 401:
        return Unauthorized(_unauthorized(address, token, problem), status, problem)
    if code in ("not_found", "method_not_allowed"):
        text = (
            f"{problem.get('detail')} (the server at {address} is older than this client: update the server)"
        )
        return Refused(text, status, problem)
    kind = LeaseLost if code == "lease_lost" else Refused
    return kind(_describe(address, status, problem), status, problem)


def _unauthorized(address: str, token: str | None, problem: Mapping[str, Any]) -> str:
    if token is not None:
        return f"The server at {address} does not accept this token: set CHIRON_TOKEN to the server's"
    if "Bearer" in str(problem.get("detail", "")):
        return f"The server at {address} needs a token: set CHIRON_TOKEN"
    return str(problem.get("detail", f"The server at {address} needs a token: set CHIRON_TOKEN"))


def _describe(address: str, status: int, problem: Mapping[str, Any]) -> str:
    detail = str(problem.get("detail") or f"{address} answered {status}")
    places = [f"{e.get('path')}: {e.get('message')}" for e in problem.get("errors", [])]
    return "\n  ".join([detail, *(place for place in places if place not in detail)])

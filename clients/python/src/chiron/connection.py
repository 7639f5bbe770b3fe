"""
Talks to the service: one kept connection for each thread, and retries.

Every call of this client is safe to repeat: an ask gives the same worker its own trials again, a tell is idempotent,
and studies, experiments and imports are created once by name or key. So a call whose answer was lost is sent again
until the server is back, for as long as `patience` says.
"""

from __future__ import annotations

import http.client
import json
import logging
import os
import random
import ssl
import threading
import time
from typing import Any
from urllib.parse import urlsplit

from .errors import ChironError, Refused, Unreachable, refusal
from .plain import encode
from .versions import __version__, require_version

logger = logging.getLogger("chiron")

DEFAULT_SERVER = "http://127.0.0.1:8080"
#: Longer than the longest `wait` of an ask.
TIMEOUT = 120.0
#: How long the first call of a process waits for a server that is just starting.
FIRST_PATIENCE = 3.0
LONGEST_PAUSE = 5.0
#: Answers of a server, or of a proxy before it, that may be back soon.
PASSING = {408, 425, 429, 502, 503, 504}
#: An error inside the service may pass too, or may be this request's.
INTERNAL_TRIES = 4


class _NoAnswer(Exception):
    """The call may succeed when it is sent again."""


class _Thread(threading.local):
    link: http.client.HTTPConnection | None = None
    process: int = 0


class Connection:
    """The address of a service and the token for it. It may be shared by threads, forked and pickled."""

    def __init__(self, server: str | None = None, token: str | None = None, patience: float = 3600.0) -> None:
        given = server or os.environ.get("CHIRON_SERVER") or DEFAULT_SERVER
        self.address = given.rstrip("/")
        self.token = token or os.environ.get("CHIRON_TOKEN") or None
        self.patience = patience
        self._checked = False
        self._open()

    def _open(self) -> None:
        parts = urlsplit(self.address)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ChironError(f"{self.address} is no address of a server: write http://host:8080")
        self._thread = _Thread()
        self._parts = parts
        self._headers = {"user-agent": f"chiron-hpo/{__version__}"}
        if self.token is not None:
            self._headers["authorization"] = f"Bearer {self.token}"
        self._headers_of_json = {**self._headers, "content-type": "application/json"}

    def __getstate__(self) -> dict[str, Any]:
        return {"address": self.address, "token": self.token, "patience": self.patience}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state, _checked=False)
        self._open()

    def get(self, path: str) -> Any:
        return self.call("GET", path)

    def post(self, path: str, body: Any, **options: Any) -> Any:
        return self.call("POST", path, body, **options)

    def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        patience: float | None = None,
        timeout: float = TIMEOUT,
        abandoned: threading.Event | None = None,
    ) -> Any:
        """
        Sends a request until it is answered, or `abandoned`. Raises `Refused` where the answer is an error, else
        `Unreachable`.
        """
        if not self._checked:
            self._check_version()
        data = None if body is None else encode(body)
        patience = self.patience if patience is None else patience
        return self._insist(method, path, data, patience, timeout, abandoned)

    def _check_version(self) -> None:
        health = self._insist("GET", "/healthz", None, min(FIRST_PATIENCE, self.patience), TIMEOUT)
        if not isinstance(health, dict) or "version" not in health:
            raise ChironError(
                f"{self.address} does not answer as a Chiron service does: is the address right?"
            )
        require_version(str(health["version"]), self.address)
        self._checked = True

    def _insist(
        self,
        method: str,
        path: str,
        data: bytes | None,
        patience: float,
        timeout: float,
        abandoned: threading.Event | None = None,
    ) -> Any:
        until = time.monotonic() + patience
        tries = 0
        while True:
            try:
                return self._send(method, path, data, timeout)
            except _NoAnswer as error:
                why = error
            except Refused as error:
                if error.status != 500 or tries >= INTERNAL_TRIES:
                    raise
                why = _NoAnswer(str(error))
            tries += 1
            pause = min(LONGEST_PAUSE, 0.1 * 2 ** min(tries, 10)) * random.uniform(0.5, 1)
            if time.monotonic() + pause > until:
                raise self._unreachable(why) from why
            if tries == 3 and patience > FIRST_PATIENCE:
                logger.warning(
                    "%s does not answer (%s): trying again for %d minutes", self.address, why, patience / 60
                )
            if (abandoned or threading.Event()).wait(pause):
                raise self._unreachable(why) from why

    def _unreachable(self, why: Exception) -> Unreachable:
        remedy = "start the service (npx chiron serve, or chiron.serve() in Python), or set CHIRON_SERVER"
        return Unreachable(f"Nothing answers at {self.address} ({why}): {remedy}")

    def _send(self, method: str, path: str, data: bytes | None, timeout: float) -> Any:
        """A kept connection may have been closed by the server, which is found out only by using it."""
        if self._link() is not None:
            try:
                return self._exchange(method, path, data, timeout)
            except (OSError, http.client.HTTPException):
                pass
        try:
            return self._exchange(method, path, data, timeout)
        except (OSError, http.client.HTTPException) as error:
            raise _NoAnswer(str(error) or type(error).__name__) from error

    def _exchange(self, method: str, path: str, data: bytes | None, timeout: float) -> Any:
        link = self._link() or self._connect(timeout)
        try:
            if link.sock is not None:
                link.sock.settimeout(timeout)
            headers = self._headers if data is None else self._headers_of_json
            link.request(method, self._parts.path + path, data, headers)
            response = link.getresponse()
            text = response.read()
        except BaseException:  # an interrupted exchange leaves half an answer in the connection
            link.close()
            self._thread.link = None
            raise
        if response.will_close:
            self._thread.link = None
        return self._read(response, text)

    def _read(self, response: http.client.HTTPResponse, text: bytes) -> Any:
        kind = response.headers.get("content-type", "")
        body: Any = text.decode("utf-8", "replace")
        if "json" in kind and "jsonl" not in kind and body:
            body = json.loads(body)
        if response.status < 300:
            return body
        problem = body if isinstance(body, dict) else {}
        if response.status in PASSING or problem.get("retryable"):
            raise _NoAnswer(problem.get("detail") or f"status {response.status}")
        raise refusal(self.address, response.status, problem, self.token)

    def _link(self) -> http.client.HTTPConnection | None:
        """This thread's connection. A forked process does not use that of its parent."""
        return self._thread.link if self._thread.process == os.getpid() else None

    def _connect(self, timeout: float) -> http.client.HTTPConnection:
        host, port = self._parts.hostname or "", self._parts.port
        if self._parts.scheme == "https":
            link: http.client.HTTPConnection = http.client.HTTPSConnection(
                host, port, timeout=timeout, context=ssl.create_default_context()
            )
        else:
            link = http.client.HTTPConnection(host, port, timeout=timeout)
        self._thread.link, self._thread.process = link, os.getpid()
        return link

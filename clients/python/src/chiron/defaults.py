"""The connections of this process: one for each address and token, and the address of a server that it started."""

from __future__ import annotations

import os

from .connection import DEFAULT_SERVER, Connection

_started: str | None = None
_connections: dict[tuple[str, str | None], Connection] = {}


def connection_of(server: str | None = None, token: str | None = None) -> Connection:
    address = server or os.environ.get("CHIRON_SERVER") or _started or DEFAULT_SERVER
    secret = token or os.environ.get("CHIRON_TOKEN") or None
    key = (address, secret)
    if key not in _connections:
        _connections[key] = Connection(address, secret)
    return _connections[key]


def use_server(address: str | None) -> None:
    """Studies that name no server are those of this one."""
    global _started
    _started = address

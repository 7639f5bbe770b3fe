"""The connections of this process: one for each address and token, and the address of a server that it started."""

from __future__ import annotations

import os

from .connection import DEFAULT_SERVER, Connection

_started: str | None = None
_connections: dict[tuple[str, str | None, float], Connection] = {}
#: How long a call is repeated while the server does not answer.
PATIENCE = 3600.0


def connection_of(
    server: str | None = None, token: str | None = None, patience: float = PATIENCE
) -> Connection:
    address = server or os.environ.get("CHIRON_SERVER") or _started or DEFAULT_SERVER
    secret = token or os.environ.get("CHIRON_TOKEN") or None
    key = (address, secret, patience)
    if key not in _connections:
        _connections[key] = Connection(address, secret, patience)
    return _connections[key]


def use_server(address: str | None) -> None:
    """Studies that name no server are those of this one."""
    global _started
    _started = address

"""The version of this client, and which servers it works with: those of the same major and minor version."""

from __future__ import annotations

from .errors import VersionMismatch

__version__ = "0.1.0"


def require_version(server: str, address: str) -> None:
    """Refuses a server of another series, whichever of the two is older, before anything is changed."""
    ours, theirs = _series(__version__), _series(server)
    if theirs == ours:
        return
    wanted, found = _text(ours), _text(theirs)
    says = f"The server at {address} is Chiron {server}; this client is {__version__} and needs a server {wanted}."
    if theirs < ours:
        remedy = f"Update the server to {wanted}, or install its client: pip install 'chiron-hpo=={found}.*'"
    else:
        remedy = f"Update the client: pip install 'chiron-hpo=={found}.*'"
    raise VersionMismatch(f"{says} {remedy}")


def _series(version: str) -> tuple[int, ...]:
    try:
        return tuple(int(part) for part in version.split("-")[0].split(".")[:2])
    except ValueError:
        return (0, 0)


def _text(series: tuple[int, ...]) -> str:
    return ".".join(map(str, series))

"""Starts a service of one's own on this machine, where Node is installed."""

from __future__ import annotations

import atexit
import json
import os
import queue
import re
import shutil
import subprocess
import sys
import threading
import urllib.request
from pathlib import Path
from types import TracebackType

from .defaults import use_server
from .errors import ChironError, NodeMissing
from .trials import end_untold

#: The oldest Node that the service runs on.
NODE = (20, 19)
#: The first start of a checkout installs packages and builds.
LONGEST_START = 600.0
PORT = 8080


class Server:
    """A service that this program uses, and that it started unless one was running. It ends with the program."""

    def __init__(self, url: str, process: subprocess.Popen[str] | None) -> None:
        self.url = url
        self._process = process
        use_server(url)
        atexit.register(self._end)

    def __repr__(self) -> str:
        return f"<Server {self.url}{'' if self._process else ' (was running)'}>"

    def stop(self) -> None:
        """Ends it, if it was started here. What it has stored stays."""
        process, self._process = self._process, None
        if process is None:
            return
        atexit.unregister(self._end)
        use_server(None)
        process.terminate()
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def _end(self) -> None:
        """At the end of the program: its trials are told before their service ends."""
        end_untold()
        self.stop()

    def __enter__(self) -> Server:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def serve(data: str | os.PathLike[str] = ".chiron", *, port: int | None = None) -> Server:
    """
    Starts a service on this machine with its data in the folder `data`, and makes it the one that `chiron.study` uses.
    One that already listens on port 8080 is used instead, unless `port` is given; 0 takes any free port.
    """
    running = f"http://127.0.0.1:{PORT}"
    if port is None and _answers(running):
        return Server(running, None)
    command = _command()
    chosen = PORT if port is None and _is_free(PORT) else (port or 0)
    environment = {**os.environ, "PORT": str(chosen), "HOST": "127.0.0.1", "CHIRON_DATA_DIR": str(data)}
    process = subprocess.Popen(
        [*command, "serve"],
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,  # Ctrl-C ends the program, which gives its trials back to a service that still runs
    )
    return Server(_wait_for_address(process), process)


def _command() -> list[str]:
    """The checkout that CHIRON_HOME names, or the one around this folder, or the installed command."""
    node = shutil.which("node")
    wanted = ".".join(map(str, NODE))
    if node is None:
        raise NodeMissing(
            f"chiron.serve needs Node {wanted} or newer, and there is no `node` on the PATH: install it from "
            "https://nodejs.org, or use a service that runs elsewhere by CHIRON_SERVER"
        )
    _require_node(node, wanted)
    for folder in _checkouts():
        if (folder / "bin" / "chiron.mjs").exists() and (folder / "package.json").exists():
            return [node, str(folder / "bin" / "chiron.mjs")]
    installed = shutil.which("chiron")
    if installed is not None:
        return [installed]
    raise NodeMissing(
        "Node is installed, but the service is not: set CHIRON_HOME to a clone of its repository, or install its "
        "package globally (npm install -g)"
    )


def _require_node(node: str, wanted: str) -> None:
    said = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout.strip()
    found = tuple(int(part) for part in re.findall(r"\d+", said)[:2])
    if found < NODE:
        raise NodeMissing(f"chiron.serve needs Node {wanted} or newer; {node} is {said or 'not usable'}")


def _checkouts() -> list[Path]:
    home = os.environ.get("CHIRON_HOME")
    if home:
        return [Path(home)]
    return [folder for start in (Path.cwd(), Path(__file__).resolve()) for folder in (start, *start.parents)]


def _wait_for_address(process: subprocess.Popen[str]) -> str:
    """The address that it prints. Its output is read to the end, or the pipe would fill and stop it."""
    found: queue.Queue[str | None] = queue.Queue()
    lines: list[str] = []
    threading.Thread(target=_read_output, args=(process, lines, found), daemon=True).start()
    try:
        url = found.get(timeout=LONGEST_START)
    except queue.Empty:
        process.kill()
        url = None
    except BaseException:
        process.kill()
        raise
    if url is None:
        said = "\n".join(lines[-10:]) or "it printed nothing"
        raise ChironError(f"The service did not start:\n{said}")
    return url


def _read_output(process: subprocess.Popen[str], lines: list[str], found: queue.Queue[str | None]) -> None:
    assert process.stdout is not None
    for line in process.stdout:
        address = re.search(r"Chiron listens on (http://[\d.]+:\d+)", line)
        if address:
            found.put(address.group(1))
        elif found.empty() and len(lines) < 1000:
            lines.append(line.rstrip())
            if line.startswith("chiron: "):  # the first start of a clone installs and builds
                print(line, end="", file=sys.stderr)
    found.put(None)


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/healthz", timeout=2) as answer:
            return "version" in json.load(answer)
    except (OSError, ValueError):
        return False


def _is_free(port: int) -> bool:
    import socket

    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0

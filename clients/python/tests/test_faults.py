"""What can go wrong between a program and the service."""

from __future__ import annotations

import asyncio
import json
import os
import pickle
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

import chiron
from chiron.connection import Connection
from chiron.spaces import read_space
from conftest import SPACE, free_port, loss


@contextmanager
def answering(answer: Callable[[BaseHTTPRequestHandler], None]) -> Iterator[str]:
    """A server that answers as it is told: versions that do not exist yet, and connections that break."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            answer(self)

        do_POST = do_GET

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def send(handler: BaseHTTPRequestHandler, body: object, status: int = 200) -> None:
    text = json.dumps(body).encode()
    handler.send_response(status)
    handler.send_header("content-type", "application/json")
    handler.send_header("content-length", str(len(text)))
    handler.end_headers()
    handler.wfile.write(text)


@pytest.mark.parametrize(
    ("version", "remedy"),
    [("0.0.9", "Update the server to 0.1.*chiron-hpo==0.0"), ("0.2.0", "Update the client.*chiron-hpo==0.2")],
)
def test_versions_that_do_not_work_together(version: str, remedy: str) -> None:
    with answering(lambda handler: send(handler, {"status": "ok", "version": version})) as url:
        with pytest.raises(chiron.VersionMismatch, match=remedy):
            chiron.study("any", SPACE, server=url)


def test_another_service_at_the_address() -> None:
    with answering(lambda handler: send(handler, ["hello"])) as url:
        with pytest.raises(chiron.ChironError, match="does not answer as a Chiron service"):
            chiron.study("any", SPACE, server=url)


def test_a_route_that_the_server_does_not_have_yet(connection: Connection) -> None:
    with pytest.raises(chiron.Refused, match="older than this client"):
        connection.get("/no-such-route")


def test_nothing_answers() -> None:
    with pytest.raises(chiron.Unreachable, match="start the service .*CHIRON_SERVER"):
        chiron.study("any", SPACE, server=f"http://127.0.0.1:{free_port()}")
    with pytest.raises(chiron.ChironError, match="write http://"):
        Connection("localhost:8080")


def passed_on(behind: Connection, handler: BaseHTTPRequestHandler) -> object:
    """What the real service answers."""
    return behind.call(handler.command, handler.path, body_of(handler))


def body_of(handler: BaseHTTPRequestHandler) -> object:
    length = int(handler.headers.get("content-length", 0))
    return json.loads(handler.rfile.read(length)) if length else None


def test_answers_that_are_lost_are_asked_for_again(server: str, name: str) -> None:
    """Each request reaches the service, and every second answer does not arrive."""
    counts = {"requests": 0}
    behind = Connection(server)

    def forward(handler: BaseHTTPRequestHandler) -> None:
        answer = passed_on(behind, handler)
        counts["requests"] += 1
        if counts["requests"] % 2:
            handler.close_connection = True
            handler.connection.shutdown(2)
            return
        send(handler, answer)

    with answering(forward) as url:
        study = chiron.study(name, SPACE, trials=6, method="random", server=url)
        for trial in study:
            with trial:
                trial.report(1, 1.0)
                trial.tell(loss(**trial.params))
    assert counts["requests"] > 30
    assert [t.state for t in chiron.study(name).trials()] == ["complete"] * 6


def test_a_trial_that_arrives_for_a_cancelled_coroutine_is_given_back(server: str, name: str) -> None:
    behind = Connection(server)
    arrived, cancelled = threading.Event(), threading.Event()

    def forward(handler: BaseHTTPRequestHandler) -> None:
        answer = passed_on(behind, handler)
        if handler.path.endswith("/ask"):
            arrived.set()
            cancelled.wait(30)
        send(handler, answer)

    async def main(study: chiron.Study) -> None:
        async def work() -> None:
            async for _ in study:
                raise AssertionError

        working = asyncio.create_task(work())
        await asyncio.to_thread(arrived.wait)
        working.cancel()
        await asyncio.wait([working])
        cancelled.set()

    with answering(forward) as url:
        asyncio.run(main(chiron.study(name, SPACE, trials=2, method="random", server=url)))
    assert [t.state for t in chiron.study(name).trials()] == ["ready"]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows sends no interrupt to one process")
@pytest.mark.parametrize("why", ["the study is paused", "nothing answers"])
def test_an_interrupt_ends_coroutines_that_wait(server: str, name: str, why: str) -> None:
    chiron.study(name, SPACE, trials=2, method="random").pause()
    behind = Connection(server)
    asked = threading.Event()

    def forward(handler: BaseHTTPRequestHandler) -> None:
        is_ask = handler.path.endswith("/ask")
        if is_ask:
            asked.set()
        if is_ask and why == "nothing answers":
            body_of(handler)
            send(handler, {}, 503)
        else:
            send(handler, passed_on(behind, handler))

    program = (
        "import asyncio, chiron, sys\n"
        "async def main():\n"
        "    async for trial in chiron.study(sys.argv[1]):\n"
        "        pass\n"
        "asyncio.run(main())\n"
    )
    with answering(forward) as url:
        environment = {**os.environ, "CHIRON_SERVER": url}
        waiting = subprocess.Popen(
            [sys.executable, "-c", program, name], env=environment, stderr=subprocess.PIPE
        )
        try:
            assert asked.wait(30)
            waiting.send_signal(signal.SIGINT)
            assert b"KeyboardInterrupt" in waiting.communicate(timeout=60)[1]
        finally:
            waiting.kill()


def test_a_cell_whose_study_is_not_there_yet(server: str, name: str) -> None:
    """A cell begins, and is measured, before the study of it is created."""
    behind = Connection(server)
    looked_for: set[str] = set()

    def forward(handler: BaseHTTPRequestHandler) -> None:
        path = handler.path
        if path.startswith(f"/studies/{name}.") and path.count("/") == 2 and path not in looked_for:
            looked_for.add(path)
            send(handler, {"code": "study_not_found", "detail": "There is no such study"}, 404)
        else:
            send(handler, passed_on(behind, handler))

    options: dict[str, Any] = {"arms": {"random": "random", "sobol": "sobol"}, "baseline": "random"}
    options["plan"] = {"endpoint": {"of": "recommended", "repetitions": 1}}
    with answering(forward) as url:
        space = {"x": chiron.real(-1, 1)}
        found = chiron.experiment(name, space, trials=2, seeds=1, server=url, **options)
        found.optimize(lambda x: x * x)
    assert f"/studies/{name}.random.1.endpoint" in looked_for
    cells = chiron.experiment(name).cells()
    assert [cell["state"] for cell in cells] == ["finished"] * 2


def test_the_server_dies_in_the_middle_of_optimize(name: str, tmp_path: Path) -> None:
    port = free_port()
    server = chiron.serve(tmp_path, port=port)
    try:
        study = chiron.study(name, SPACE, trials=10, method="random", server=server.url)

        def train(trial: chiron.Trial) -> float:
            if trial.number == 4:
                (tmp_path / "now").touch()
            time.sleep(0.1)
            return loss(**trial.params)

        def restart() -> None:
            nonlocal server
            while not (tmp_path / "now").exists():
                time.sleep(0.02)
            assert server._process is not None
            server._process.kill()
            server.stop()
            time.sleep(1)
            server = chiron.serve(tmp_path, port=port)

        restarting = threading.Thread(target=restart)
        restarting.start()
        study.optimize(train, workers=2)
        restarting.join()
        assert [t.state for t in study.trials()] == ["complete"] * 10
        assert study.summary()["lostAttempts"] == 0
    finally:
        server.stop()


def test_tokens(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHIRON_TOKEN", "the-right-token")
    with chiron.serve(tmp_path, port=0) as server:
        monkeypatch.delenv("CHIRON_TOKEN")
        with pytest.raises(chiron.Unauthorized, match="needs a token: set CHIRON_TOKEN"):
            chiron.study(name, SPACE, server=server.url)
        with pytest.raises(chiron.Unauthorized, match="does not accept this token: set CHIRON_TOKEN"):
            chiron.study(name, SPACE, server=server.url, token="the-wrong-token")
        monkeypatch.setenv("CHIRON_TOKEN", "the-right-token")
        assert chiron.study(name, SPACE, trials=1, method="random", server=server.url).best is None


def test_a_server_where_node_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(chiron.NodeMissing, match="Node 20.19 or newer.*nodejs.org"):
        chiron.serve(tmp_path, port=0)
    (tmp_path / "node").write_text("#!/bin/sh\necho v18.20.0\n")
    (tmp_path / "node").chmod(0o755)
    with pytest.raises(chiron.NodeMissing, match="is v18.20.0"):
        chiron.serve(tmp_path, port=0)
    (tmp_path / "node").write_text("#!/bin/sh\necho v22.1.0\n")
    monkeypatch.setenv("CHIRON_HOME", str(tmp_path))
    with pytest.raises(chiron.NodeMissing, match="set CHIRON_HOME"):
        chiron.serve(tmp_path, port=0)


def test_numpy_types_in_spaces_and_results(name: str) -> None:
    numpy = pytest.importorskip("numpy")
    space = {
        "x": chiron.real(numpy.float32(0), numpy.float64(1)),
        "n": chiron.integer(numpy.int64(1), numpy.int32(4)),
        "size": numpy.array([16, 32, 64]),
        "flag": [numpy.bool_(True), numpy.bool_(False)],
        "fixed": numpy.int64(7),
        "act": list(numpy.array(["relu", "gelu"])),
    }
    study = chiron.study(name, space, trials=1, method="random")
    parameters = study.spec["space"]["parameters"]
    assert parameters["size"] == {"type": "ordinal", "choices": [16, 32, 64]}
    assert parameters["fixed"] == {"type": "fixed", "value": 7}
    for trial in study:
        trial.tell(numpy.float32(0.5), metrics={"a": numpy.int64(3), "b": numpy.array(0.25)})
    assert study.trial(0).value == 0.5
    assert study.trial(0).metrics == {"a": 3, "b": 0.25}


def test_spaces() -> None:
    assert read_space("autoresearch-14") == "autoresearch-14"
    assert read_space({"n": range(2, 11, 2), "k": [1, 2, 4], "m": [4, 1], "s": 3, "b": chiron.boolean()}) == {
        "parameters": {
            "n": {"type": "int", "low": 2, "high": 10, "step": 2},
            "k": {"type": "ordinal", "choices": [1, 2, 4]},
            "m": {"type": "categorical", "choices": [4, 1]},
            "s": {"type": "fixed", "value": 3},
            "b": {"type": "bool"},
        }
    }
    whole = chiron.space({"a": chiron.integer(1, 8, power_of_two=True)}, constraints=["a > 1"])
    assert read_space(whole) == {
        "parameters": {"a": {"type": "int", "low": 1, "high": 8, "powerOfTwo": True}},
        "constraints": ["a > 1"],
    }
    with pytest.raises(chiron.InvalidSpace, match=r"Parameter lr: .*real\(0.1, 1\)"):
        read_space({"lr": (0.1, 1)})
    with pytest.raises(chiron.InvalidSpace, match="Parameter f: .*function"):
        read_space({"f": print})
    with pytest.raises(chiron.InvalidSpace, match="not None"):
        chiron.categorical(None, "a")


def test_a_space_that_the_service_refuses_names_every_place(name: str) -> None:
    with pytest.raises(chiron.Refused) as refused:
        chiron.study(name, {"lr": chiron.log(0, 1), "n": chiron.integer(4, 2)})
    assert "parameters.lr.low" in str(refused.value) and "parameters.n" in str(refused.value)
    again = pickle.loads(pickle.dumps(refused.value))
    assert (str(again), again.code, again.errors) == (
        str(refused.value),
        refused.value.code,
        refused.value.errors,
    )


def test_an_option_that_studies_do_not_have(name: str) -> None:
    with pytest.raises(TypeError, match="no option trails; it has"):
        chiron.study(name, SPACE, trails=10)  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="not both"):
        chiron.study(name, SPACE, minimize="a", maximize="b")


def test_outside_of_a_trial() -> None:
    with pytest.raises(chiron.OutsideTrial, match="or pass trial="):
        chiron.current_trial()


def test_a_result_that_is_no_number(name: str) -> None:
    study = chiron.study(name, SPACE, minimize="loss", trials=1, method="random")
    for trial in study:
        with pytest.raises(TypeError, match="one number"):
            trial.tell("good")
        with pytest.raises(TypeError, match="needs its metric 'loss', and was told accuracy"):
            trial.tell({"accuracy": 1})
        trial.tell(1)
        with pytest.raises(chiron.NotTold, match="told already"):
            trial.tell(2)


def test_an_installed_client_needs_nothing_else() -> None:
    """-S leaves out site-packages, so only the standard library and the client are there."""
    folder = Path(chiron.__file__).parents[1]
    program = (
        f"import sys; sys.path.insert(0, {str(folder)!r}); import chiron\n"
        "print(len({'numpy', 'pandas', 'torch'} & set(sys.modules)))\n"
    )
    said = subprocess.run(
        [sys.executable, "-S", "-c", program], capture_output=True, text=True, check=True, env={**os.environ}
    )
    assert said.stdout.strip() == "0"


def test_a_program_with_a_service_of_its_own_tells_before_both_end(name: str, tmp_path: Path) -> None:
    program = (
        "import chiron\n"
        "chiron.serve('data', port=0)\n"
        f"for trial in chiron.study({name!r}, {{'x': chiron.real(0, 1)}}, method='random'):\n"
        "    raise ValueError('no such layer')\n"
    )
    environment = {k: v for k, v in os.environ.items() if k != "CHIRON_SERVER"}
    ended = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, env=environment, stderr=subprocess.PIPE, text=True
    )
    assert ended.returncode == 1 and "no such layer" in ended.stderr
    with chiron.serve(tmp_path / "data", port=0) as server:
        assert chiron.study(name, server=server.url).trial(0).failure == "crashed"

"""
What a call of the client costs beside one of urllib: `python clients/python/measure.py`, with a service running.

Both send the same request to the same service. CPU is what this process computes for a call, time is what passes; the
service and the machine are in the second alone.
"""

import json
import statistics
import time
import urllib.request
import uuid
from collections.abc import Callable

import chiron
from chiron.defaults import connection_of

CALLS = 500


def measure(name: str, call: Callable[[], object]) -> float:
    for _ in range(20):
        call()
    times, began = [], time.process_time()
    for _ in range(CALLS):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    cpu = 1000 * (time.process_time() - began) / CALLS
    print(f"{name:<28} CPU {cpu:6.3f} ms    time {1000 * statistics.median(times):7.3f} ms (median)")
    return cpu


def main() -> None:
    connection = connection_of()
    study = chiron.study(f"measure-{uuid.uuid4().hex[:8]}", {"x": chiron.real(0, 1)}, method="random")
    url = connection.address + study.path
    ask = {"worker": "measure", "wait": 0}

    def urllib_ask() -> object:
        headers = {"content-type": "application/json", **connection._headers}
        request = urllib.request.Request(url + "/ask", json.dumps(ask).encode(), headers)
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)

    beside = measure("urllib: ask", urllib_ask)
    ours = measure("client: ask", lambda: connection.post(study.path + "/ask", ask))
    print(f"the client takes {ours - beside:+.3f} ms more a call than urllib")

    def pair() -> None:
        trial = study.ask()
        assert trial is not None
        trial.tell(trial.params["x"])

    measure("client: ask and tell a trial", pair)
    study.delete(force=True)


if __name__ == "__main__":
    main()

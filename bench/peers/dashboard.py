"""Serves optuna-dashboard over a study in memory, which grows over JSON lines.

    python bench/peers/dashboard.py

in   {"parameters": [...], "port": 8000}
out  {"ready": true}
in   {"add": [{"params": {...}, "value": 0.98}, {"params": {...}}]}     without a value: failed
out  {"added": 2}

A storage in memory spares the dashboard all reads from a database: what is timed is the page.
"""

import json
import os
import sys
import threading
import time
import urllib.request

import optuna
from optuna.trial import TrialState, create_trial
from optuna_dashboard import wsgi
from wsgiref.simple_server import WSGIRequestHandler, make_server

from peer_optuna import distribution

READY_SECONDS = 60


class Quiet(WSGIRequestHandler):
    def log_message(self, *_):
        pass


def main():
    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    task = json.loads(sys.stdin.readline())
    distributions = {one["name"]: distribution(one) for one in task["parameters"]}
    storage = optuna.storages.InMemoryStorage()
    study = optuna.create_study(storage=storage, study_name="seen", direction="minimize")
    serve(storage, task["port"])
    answer(out, {"ready": True})
    for line in sys.stdin:
        rows = json.loads(line)["add"]
        study.add_trials([ended(row, distributions) for row in rows])
        answer(out, {"added": len(rows)})


def serve(storage, port):
    server = make_server("127.0.0.1", port, wsgi(storage), handler_class=Quiet)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    until = time.monotonic() + READY_SECONDS
    while time.monotonic() < until:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/api/studies", timeout=5).read()
            return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError(f"optuna-dashboard did not answer within {READY_SECONDS} s")


def ended(row, distributions):
    value = row.get("value")
    return create_trial(
        state=TrialState.FAIL if value is None else TrialState.COMPLETE,
        value=value,
        params=row["params"],
        distributions=distributions,
    )


def answer(out, message):
    out.write(json.dumps(message) + "\n")
    out.flush()


main()

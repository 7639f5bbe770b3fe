"""Serves loads on Optuna's storages over JSON lines: its RDB storage, or its gRPC proxy before the same database.

    python bench/peers/storage.py

in   {"storage": "rdb" | "grpc", "database": "postgres://…", "port": 13000, "parameters": [...]}
out  {"ready": true}
in   {"load": {"workers": 16, "studies": 1, "seconds": 4}, "name": "load-1"}
out  {"seconds": 4.1, "ask": [milliseconds, one a pair], "tell": [...]}
in   {"fill": 1000}                          the study "long" has so many finished trials
out  {"filled": 1000}
in   {"behind": {"pairs": 200, "seconds": 60}}
out  {"first": milliseconds, "ask": [...], "tell": [...], "memoryMb": 120}

A worker is a process of its own, as on a cluster, with RandomSampler: nothing is timed but the storage.
"""

import json
import multiprocessing
import os
import subprocess
import sys
import time
import warnings

import optuna
import sqlalchemy
from optuna.distributions import distribution_to_json
from optuna.samplers import RandomSampler
from optuna.storages import GrpcStorageProxy, get_storage, run_grpc_proxy_server

from peer_optuna import distribution

# A child finds all libraries loaded. This process itself never opens a storage: a connection cannot be shared.
FORK = multiprocessing.get_context("fork")
WARM_UP_SECONDS = 1.0
BARRIER_SECONDS = 120
PROXY_SECONDS = 60


def main():
    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    quieten()
    task = json.loads(sys.stdin.readline())
    proxy = start_proxy(task) if task["storage"] == "grpc" else None
    storage = Grpc(task, proxy.pid) if proxy else Rdb(task)
    try:
        apart(storage.prepare)
        apart(create, storage, ["long"])
        answer(out, {"ready": True})
        for line in sys.stdin:
            answer(out, do(storage, json.loads(line)))
    finally:
        if proxy:
            proxy.terminate()
            proxy.wait()


def quieten():
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    warnings.simplefilter("ignore")


def answer(out, message):
    out.write(json.dumps(message) + "\n")
    out.flush()


def do(storage, message):
    if "load" in message:
        return load(storage, message["name"], **message["load"])
    if "fill" in message:
        apart(fill, storage, message["fill"])
        return {"filled": message["fill"]}
    return apart(behind, storage, **message["behind"])


def apart(run, *args, **words):
    with FORK.Pool(1) as pool:
        return pool.apply(run, args, words)


class Rdb:
    def __init__(self, task):
        self.url = url_of(task)
        self.distributions = {p["name"]: distribution(p) for p in task["parameters"]}

    def open(self):
        return get_storage(self.url)

    def prepare(self):
        self.open()

    def memory_mb(self):
        """There is no server: every worker holds the history itself."""
        return resident_mb("self")


class Grpc(Rdb):
    def __init__(self, task, proxy):
        super().__init__(task)
        self.port = task["port"]
        self.proxy = proxy

    def open(self):
        return GrpcStorageProxy(host="127.0.0.1", port=self.port)

    def prepare(self):
        self.open().wait_server_ready(timeout=PROXY_SECONDS)

    def memory_mb(self):
        return resident_mb(self.proxy)


def start_proxy(task):
    """Its output is not ours, or whoever reads us would wait for its end too."""
    words = [sys.executable, __file__, "proxy", url_of(task), str(task["port"])]
    return subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=sys.stderr)


def url_of(task):
    return task["database"].replace("postgres://", "postgresql+psycopg2://")


def resident_mb(process):
    with open(f"/proc/{process}/status", encoding="ascii") as status:
        [kilobytes] = [int(line.split()[1]) for line in status if line.startswith("VmRSS")]
    return round(kilobytes / 1024)


# Many workers, as fast as they are answered.


def load(storage, name, workers, studies, seconds):
    names = [f"{name}-{i}" for i in range(studies)]
    apart(create, storage, names)
    barrier = FORK.Barrier(workers)
    with FORK.Pool(workers, share, (barrier,)) as pool:
        tasks = [(storage, names[worker % studies], worker, seconds) for worker in range(workers)]
        done = pool.starmap(work, tasks, chunksize=1)
    began, ended = min(each["began"] for each in done), max(each["ended"] for each in done)
    together = {what: [value for each in done for value in each[what]] for what in ("ask", "tell")}
    return {"seconds": ended - began, **together}


def create(storage, names):
    opened = storage.open()
    for name in names:
        optuna.create_study(storage=opened, study_name=name)


def share(barrier):
    """With all at the barrier no process can take a second worker's task."""
    global everybody
    everybody = barrier


def work(storage, name, worker, seconds):
    study = join(storage, name, worker)
    everybody.wait(BARRIER_SECONDS)
    pairs_until(study, storage, time.monotonic() + WARM_UP_SECONDS)
    began = time.monotonic()
    ask, tell = pairs_until(study, storage, began + seconds)
    return {"began": began, "ended": time.monotonic(), "ask": ask, "tell": tell}


def join(storage, name, worker):
    return optuna.load_study(study_name=name, storage=storage.open(), sampler=RandomSampler(seed=worker))


def pairs_until(study, storage, end, most=float("inf")):
    ask, tell = [], []
    while time.monotonic() < end and len(ask) < most:
        asked, told = pair(study, storage)
        ask.append(asked)
        tell.append(told)
    return ask, tell


def pair(study, storage):
    start = time.monotonic()
    trial = study.ask(storage.distributions)
    asked = time.monotonic()
    study.tell(trial, 1.0 + 1.0 / (1 + trial.number))
    return 1000 * (asked - start), 1000 * (time.monotonic() - asked)


# A long history.


def fill(storage, trials):
    """By statements over all trials: through its own interface 100 000 would take most of an hour."""
    engine = sqlalchemy.create_engine(storage.url)
    with engine.begin() as connection:
        run = lambda statement, **values: connection.execute(sqlalchemy.text(statement), values)
        study = run(STUDY).scalar()
        added = {"study": study, "first": run(COUNT, study=study).scalar(), "last": trials - 1}
        run(TRIALS, **added)
        run(VALUES, **added)
        for name, kind in storage.distributions.items():
            value = kind.to_internal_repr(kind.choices[0] if hasattr(kind, "choices") else kind.low)
            run(PARAMS, **added, name=name, kind=distribution_to_json(kind), value=value)


STUDY = "select study_id from studies where study_name = 'long'"
COUNT = "select count(*) from trials where study_id = :study"
TRIALS = """
    insert into trials (number, study_id, state, datetime_start, datetime_complete)
    select number, :study, 'COMPLETE', now(), now() from generate_series(:first, :last) number"""
VALUES = """
    insert into trial_values (trial_id, objective, value, value_type)
    select trial_id, 0, 1 + 1.0 / (1 + number), 'FINITE' from trials
    where study_id = :study and number between :first and :last"""
PARAMS = """
    insert into trial_params (trial_id, param_name, param_value, distribution_json)
    select trial_id, :name, :value, :kind from trials
    where study_id = :study and number between :first and :last"""


def behind(storage, pairs, seconds):
    """A worker that is new to the study: its first pair, and then others."""
    began = time.monotonic()
    study = join(storage, "long", 0)
    pair(study, storage)
    first = 1000 * (time.monotonic() - began)
    ask, tell = pairs_until(study, storage, time.monotonic() + seconds, pairs)
    return {"first": first, "ask": ask, "tell": tell, "memoryMb": storage.memory_mb()}


if __name__ == "__main__":
    if sys.argv[1:2] == ["proxy"]:
        quieten()
        run_grpc_proxy_server(get_storage(sys.argv[2]), host="127.0.0.1", port=int(sys.argv[3]))
    else:
        main()

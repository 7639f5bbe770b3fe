"""Times the peers' asks and tells, by the processor's clock. One task on stdin as a line of JSON, one measurement a line on stdout.

    python bench/peers/clock.py

history   {"what": "history", "method": "optuna-tpe", "parameters": [...], "history": [[params, value | null] ...],
           "lengths": [100, ...], "block": 11, "blocks": 5, "seconds": 20, "own": false}
          → {"length": 100, "ask": [seconds a trial, one a block], "tell": [...]}
          `own`: the sampler makes its history itself, as one must that keeps a state; else it finds it made.
points    {"what": "points", "dimensions": 13, "generations": 100, "repeats": 7}
          → {"seconds": [a point, one a repeat]}
"""

import itertools
import json
import os
import sys
import time
import warnings

import numpy as np


def main():
    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    warnings.simplefilter("ignore")
    task = json.loads(sys.stdin.readline())
    for measured in {"history": history, "points": points}[task["what"]](task):
        out.write(json.dumps(measured) + "\n")
        out.flush()


def history(task):
    return own_history(task) if task["own"] else made_history(task)


def made_history(task):
    from optuna.trial import create_trial

    import peer_optuna

    distributions = {p["name"]: peer_optuna.distribution(p) for p in task["parameters"]}
    values = [peer_optuna.penalised("complete" if v is not None else "oom", v) for _, v in task["history"]]
    trials = [
        create_trial(params=params, distributions=distributions, value=value)
        for (params, _), value in zip(task["history"], values)
    ]
    for length in task["lengths"]:
        study = peer_optuna.optuna.create_study(sampler=peer_optuna.SAMPLERS[task["method"]](0))
        study.add_trials(trials[:length])
        told = itertools.cycle(values)
        step = lambda: ask_and_tell(study, distributions, next(told))
        for _ in range(3):
            step()
        blocks, started = [], time.perf_counter()
        while len(blocks) < task["blocks"] and time.perf_counter() - started < task["seconds"]:
            blocks.append(np.mean([step() for _ in range(task["block"])], axis=0))
        yield measurement(length, blocks)


def own_history(task):
    """Blocks end where a length is reached; a sampler that takes too long over it does not get to the next."""
    import peer_optuna

    distributions = {p["name"]: peer_optuna.distribution(p) for p in task["parameters"]}
    values = [peer_optuna.penalised("complete" if v is not None else "oom", v) for _, v in task["history"]]
    study = peer_optuna.optuna.create_study(sampler=peer_optuna.SAMPLERS[task["method"]](0))
    steps, started = [], time.perf_counter()
    for length in task["lengths"]:
        while len(steps) < length:
            if time.perf_counter() - started > 12 * task["seconds"]:
                return
            steps.append(ask_and_tell(study, distributions, values[len(steps)]))
        last = np.array(steps[-task["block"] * task["blocks"] :])
        yield measurement(length, last.reshape(-1, task["block"], 2).mean(axis=1))


def ask_and_tell(study, distributions, value):
    start = time.process_time()
    trial = study.ask(distributions)
    asked = time.process_time()
    study.tell(trial, value)
    return asked - start, time.process_time() - asked


def measurement(length, blocks):
    ask, tell = np.array(blocks).T.tolist()
    return {"length": length, "ask": ask, "tell": tell}


def points(task):
    from cmaes import CMA

    n = task["dimensions"]

    def search(seed):
        optimizer = CMA(mean=np.full(n, 0.5), sigma=1 / 6, bounds=np.tile([0.0, 1.0], (n, 1)), seed=seed)
        spent = sum(generation(optimizer) for _ in range(task["generations"]))
        return spent / (task["generations"] * optimizer.population_size)

    search(0)
    yield {"seconds": [search(seed) for seed in range(1, task["repeats"] + 1)]}


def generation(optimizer):
    """The clock stands still while the objective is computed."""
    start = time.process_time()
    drawn = [optimizer.ask() for _ in range(optimizer.population_size)]
    asked = time.process_time()
    solutions = [(x, ellipsoid(x)) for x in drawn]
    valued = time.process_time()
    optimizer.tell(solutions)
    return time.process_time() - valued + asked - start


def ellipsoid(x):
    return float(np.sum(10 ** (3 * np.arange(len(x)) / (len(x) - 1)) * (x - 0.3) ** 2))


if __name__ == "__main__":
    main()

"""Reproduces the paper's rows on the landscape: Optuna's samplers, as the paper ran them, 24 simulated hours.

    python trainer/landscape/reproduce.py --out trainer/landscape/reproduction.json

As there: failures are told as 100, powers of two are snapped after the suggestion, the batch is raised to what the
constraint wants, trial 0 is the default configuration, a success charges its training seconds and a failure the time
its process lived; no preflight.
"""

import argparse
import json
import math
import statistics
import sys
import warnings
from pathlib import Path

import cmaes
import optuna

from simulated import digest, evaluate, read_weights
from table import DEFAULTS, SEQUENCE, SPACE

HOURS = 24
PENALTY = 100.0
LOGARITHMIC = {"HEAD_DIM", "DEVICE_BATCH_SIZE", "TOTAL_BATCH_SIZE"} | {name for name in SPACE if name.endswith("_LR")}
SAMPLERS = {
    "random": lambda seed: optuna.samplers.RandomSampler(seed=seed),
    "tpe": lambda seed: optuna.samplers.TPESampler(seed=seed),
    "cma-es": lambda seed: optuna.samplers.CmaEsSampler(seed=seed, warn_independent_sampling=False),
}


def main():
    arguments = parse()
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    warnings.simplefilter("ignore")
    model = read_weights()
    results = {}
    for method in arguments.methods:
        runs = [search(model, method, seed) for seed in range(arguments.seeds)]
        results[method] = runs
        print(row(method, runs), flush=True)
    if arguments.out:
        write(arguments.out, results)


def parse():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=32)
    parser.add_argument("--methods", nargs="+", default=list(SAMPLERS), choices=list(SAMPLERS))
    parser.add_argument("--out", type=Path, help="reproduction.json, which fidelity.py reads")
    return parser.parse_args()


def write(path, results):
    versions = {"python": sys.version.split()[0], "optuna": optuna.__version__, "cmaes": cmaes.__version__}
    body = {"madeBy": "trainer/landscape/reproduce.py", "versions": versions, "weights": digest(), "runs": results}
    path.write_text(json.dumps(body, indent=2) + "\n", encoding="utf-8")


def search(model, method, seed):
    """One study: the best value it observed, how many trials it ran and which share of them failed."""
    study = optuna.create_study(sampler=SAMPLERS[method](seed))
    study.enqueue_trial(DEFAULTS)
    spent, best, trials, failed = 0.0, math.inf, 0, 0
    while spent < HOURS * 3600:
        trial = study.ask()
        run = evaluate(model, trained(suggested(trial)), seed=1_000_000 * seed + trials)
        trials += 1
        spent += run["trainSeconds"]
        if run["outcome"] == "complete":
            best = min(best, run["valBpb"])
        else:
            failed += 1
        study.tell(trial, run.get("valBpb", PENALTY))
    return {"best": best, "trials": trials, "failed": failed / trials}


def suggested(trial):
    return {name: suggest(trial, name, parameter) for name, parameter in SPACE.items()}


def suggest(trial, name, parameter):
    if parameter["kind"] == "choice":
        return trial.suggest_categorical(name, parameter["choices"])
    if parameter["kind"] == "float":
        return trial.suggest_float(name, parameter["low"], parameter["high"], log=name in LOGARITHMIC)
    return trial.suggest_int(name, parameter["low"], parameter["high"], log=name in LOGARITHMIC)


def trained(suggestion):
    """The configuration that the paper trains: repaired after the suggestion, without telling the sampler."""
    params = dict(suggestion)
    for name, parameter in SPACE.items():
        if parameter["kind"] == "power-of-two":
            params[name] = 2 ** round(math.log2(params[name]))
    params["TOTAL_BATCH_SIZE"] = max(params["TOTAL_BATCH_SIZE"], params["DEVICE_BATCH_SIZE"] * SEQUENCE)
    return params


def row(method, runs):
    best = [run["best"] for run in runs]
    failed = [run["failed"] for run in runs]
    spread = statistics.stdev(best) if len(best) > 1 else math.nan
    return (
        f"{method:7} best {statistics.mean(best):.4f} ± {spread:.4f}  "
        f"failed {100 * statistics.mean(failed):.1f} %  trials {statistics.mean(run['trials'] for run in runs):.0f}"
    )


if __name__ == "__main__":
    main()

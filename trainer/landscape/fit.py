"""Fits the simulated H200 to recorded trials and writes weights.json.

    python trainer/landscape/fit.py --table PATH     (or CHIRON_DATA_TABLE=PATH)

Memory is a formula, the seconds of failures and of set-up are linear, throughput and val_bpb are small networks.
val_bpb is learned as a function of the configuration and of the optimizer steps that the card really made in its
300 s: cards differ by a few per cent in speed, and what that does to val_bpb is not noise.
"""

import argparse
import datetime
import json
import os
import sys
from collections import Counter

import numpy as np
import torch

from features import NAMES, columns, derived, features
from networks import Recipe, train
from simulated import EVALUATION_TOKENS, WEIGHTS, apply, memory_terms, value_inputs
from table import SPACE, TableError, read_table

VERSION = 1
BUDGET_SECONDS = 300
UNCOUNTED_STEPS = 11
LIMIT_GB = 76.0
FLOOR = 0.96

THROUGHPUT = Recipe(hidden=(32, 32), epochs=150, huber=0.2)
VALUE = Recipe(hidden=(32, 32), epochs=400, decay=0.1, huber=0.1)
MEMBERS = 8
# Bounds the scale of inputs that hardly vary in the table (the overlap of warm-up and warm-down).
SMALLEST_SCALE = 0.03


def main():
    arguments = parse()
    torch.set_num_threads(1)
    rows, dropped = read_table(arguments.table)
    model = fit(rows)
    model["failure"]["assertionSeconds"] = assertion_seconds(dropped)
    model["provenance"] = provenance(rows, dropped)
    text = as_json(model)
    WEIGHTS.write_text(text, encoding="utf-8")
    print(f"{WEIGHTS}: {len(text) / 1000:.0f} kB from {len(rows)} rows; dropped {model['provenance']['dropped']}")


def parse():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--table", default=os.environ.get("CHIRON_DATA_TABLE"), help="autoresearch14-trials.csv")
    arguments = parser.parse_args()
    if not arguments.table:
        parser.error("name the table: --table PATH or CHIRON_DATA_TABLE=PATH")
    return arguments


def fit(rows, seed=1):
    """Fits the whole landscape to the given rows."""
    done = [row for row in rows if row["outcome"] == "ok"]
    failed = [row for row in rows if row["outcome"] == "oom"]
    throughput = fit_throughput(done, seed)
    return {
        "format": "chiron-landscape",
        "version": VERSION,
        "space": SPACE,
        "features": NAMES,
        "memory": fit_memory(done, failed),
        "steps": {"seconds": BUDGET_SECONDS, "uncounted": UNCOUNTED_STEPS},
        "throughput": throughput,
        "value": fit_value(done, seed),
        "noise": fit_noise(done),
        "setup": fit_setup(done),
        "failure": fit_failure(failed),
    }


def fit_memory(done, failed):
    """Fits memory by least squares. The allocator's reserve beyond the peak is midway between fitting and failing trials."""
    terms = memory_terms(done)
    matrix = np.column_stack(list(terms.values()))
    coefficients = np.linalg.lstsq(matrix, array(done, "peak_memory_gb"), rcond=None)[0]
    failed_terms = np.column_stack(list(memory_terms(failed).values()))
    fits, fails = np.max(matrix @ coefficients), np.min(failed_terms @ coefficients)
    return {
        "limitGb": LIMIT_GB,
        "reserveGb": LIMIT_GB - (fits + fails) / 2,
        "coefficients": dict(zip(terms, coefficients)),
    }


def fit_throughput(done, seed):
    """Fits the tokens per second of the typical card: it removes each run's own speed, then fits the network again."""
    x = features(done)
    target = log_speed(done)
    runs = np.array([row["run"] for row in done])
    everything = [np.arange(len(done))]
    offset = np.zeros(len(done))
    for _ in range(2):
        spec, z, y = standardised(x, target - offset)
        net = train(z, y, np.ones(len(y)), everything, THROUGHPUT, seed)[0]
        residual = target - (spec["targetMean"] + spec["targetScale"] * apply(net, z))
        offset = medians_by(runs, residual)
    return spec | {"networks": [as_layers(net)]}


def log_speed(done):
    """Computed from the number of steps, because the recorded tokens per second are one reading near the end."""
    steps = array(done, "num_steps") - UNCOUNTED_STEPS
    return np.log(steps * array(done, "TOTAL_BATCH_SIZE") / BUDGET_SECONDS)


def medians_by(groups, residual):
    """The median of each row's group minus the median over groups, so that the typical card has speed 0."""
    names = np.unique(groups)
    medians = {name: np.median(residual[groups == name]) for name in names}
    typical = np.median(list(medians.values()))
    return np.array([medians[name] - typical for name in groups])


def fit_value(done, seed):
    log_batch = np.log(array(done, "TOTAL_BATCH_SIZE"))
    x = value_inputs(features(done), np.log(array(done, "num_steps")), log_batch)
    spec, z, y = standardised(x, np.log(array(done, "val_bpb") - FLOOR))
    nets = train(z, y, importance(done), [np.arange(len(done))] * MEMBERS, VALUE, seed)
    return spec | {"floor": FLOOR, "networks": [as_layers(net) for net in nets]}


def importance(done):
    """Weights: a configuration that ran n times counts as √n of them, and good values, where searches spend their time,
    count more, as 1/√(val_bpb − floor)."""
    keys = [configuration(row) for row in done]
    count = Counter(keys)
    repeats = np.array([count[key] for key in keys])
    weight = (repeats * (array(done, "val_bpb") - FLOOR)) ** -0.5
    return weight / weight.mean()


def configuration(row):
    return tuple(row[name] for name in SPACE)


def standardised(x, target):
    mean, scale = x.mean(0), np.maximum(x.std(0), SMALLEST_SCALE)
    target_mean, target_scale = target.mean(), target.std()
    spec = {
        "inputMean": mean.tolist(),
        "inputScale": scale.tolist(),
        "targetMean": float(target_mean),
        "targetScale": float(target_scale),
    }
    return spec, (x - mean) / scale, (target - target_mean) / target_scale


def as_layers(net):
    return {"layers": [{"weights": w.ravel().tolist(), "bias": b.tolist()} for w, b in net]}


NOISE_LEVELS = [0.978, 1.0, 1.05, 1.15, 1.3]


def fit_noise(done):
    """From configurations that one run repeated. Speed: the spread of log throughput. Value: what is left of
    log(val_bpb − floor) once the speed's share is taken out, pooled around each level, as a normal's sd from its mean
    absolute deviation: far from the optimum a run can spike, and squares would see nothing else."""
    groups = repeats(done)
    speed, excess, level, scale = (
        np.concatenate([group[name] for group in groups]) for name in ("speed", "excess", "level", "scale")
    )
    calm = np.abs(speed) < 0.03
    knots = np.log(np.array(NOISE_LEVELS) - FLOOR)
    edges = [-np.inf, *(knots[:-1] + knots[1:]) / 2, np.inf]
    sd = []
    for low, high in zip(edges[:-1], edges[1:]):
        near = calm & (level >= low) & (level < high)
        slope = np.sum(excess[near] * speed[near]) / np.sum(speed[near] ** 2)
        rest = (excess - slope * speed)[near] * scale[near]
        sd.append(float(np.mean(np.abs(rest)) * (np.pi / 2) ** 0.5))
    return {
        "speed": float(np.sqrt(np.mean((speed * scale)[calm] ** 2))),
        "value": {"valBpb": NOISE_LEVELS, "sd": sd},
    }


def repeats(done):
    """Deviations of repeated configurations from their means, with the correction for small n."""
    groups = {}
    for row in done:
        groups.setdefault((row["run"], configuration(row)), []).append(row)
    out = []
    for rows in groups.values():
        if len(rows) > 1:
            value = array(rows, "val_bpb")
            excess = np.log(value - FLOOR)
            speed = log_speed(rows)
            n = len(rows)
            out.append(
                {
                    "row": rows[0],
                    "value": value,
                    "excess": excess - excess.mean(),
                    "speed": speed - speed.mean(),
                    "level": np.full(n, excess.mean()),
                    "scale": np.full(n, (n / (n - 1)) ** 0.5),
                }
            )
    return out


def fit_setup(done):
    """Seconds outside the counted training: compilation grows with depth, evaluation with the time per token."""
    fresh = compiled_afresh(done)
    evaluation = EVALUATION_TOKENS / np.exp(log_speed(fresh))
    seconds = array(fresh, "total_seconds") - array(fresh, "train_seconds")
    matrix = np.column_stack([np.ones(len(fresh)), array(fresh, "DEPTH"), evaluation])
    return linear_seconds(["constant", "perLayer", "perEvaluationSecond"], matrix, seconds)


def fit_failure(failed):
    """The lifetime of a process that runs out of memory; it first compiles layer by layer."""
    fresh = compiled_afresh(failed)
    matrix = np.column_stack([np.ones(len(fresh)), array(fresh, "DEPTH")])
    return linear_seconds(["constant", "perLayer"], matrix, array(fresh, "train_seconds"))


def linear_seconds(names, matrix, seconds):
    """Least absolute deviations by iterative reweighting; the spread is of ratios."""
    coefficients = np.linalg.lstsq(matrix, seconds, rcond=None)[0]
    for _ in range(50):
        root = np.maximum(np.abs(seconds - matrix @ coefficients), 0.01) ** -0.5
        coefficients = np.linalg.lstsq(matrix * root[:, None], seconds * root, rcond=None)[0]
    sd = robust_sd(np.log(seconds / (matrix @ coefficients)))
    return dict(zip(names, coefficients.tolist())) | {"sd": sd}


def compiled_afresh(rows):
    """The first trial of each architecture in a run, because later ones use the compiler's cache."""
    seen = set()
    fresh = []
    for row, dim in zip(rows, derived(columns(rows))["dim"]):
        compiled = (row["run"], row["DEPTH"], dim, row["HEAD_DIM"], row["DEVICE_BATCH_SIZE"], row["WINDOW_PATTERN"])
        if compiled not in seen:
            fresh.append(row)
        seen.add(compiled)
    return fresh


def assertion_seconds(dropped):
    """The lifetime of a process whose first assertion fails; only edited code did that."""
    rows = [row for group in dropped.values() for row in group]
    return float(np.median([row["train_seconds"] for row in rows if row["outcome"] == "assertion"]))


def robust_sd(residual):
    return float(1.4826 * np.median(np.abs(residual - np.median(residual))))


def array(rows, name):
    return np.array([row[name] for row in rows])


def provenance(rows, dropped):
    runs = sorted({row["run"] for row in rows})
    return {
        "source": "Trial log published with arXiv 2603.24647 (Ferreira, Wobbe, Krishnakumar, Hutter, Zela; "
        "repository MIT-licensed, © 2026 Fábio Ferreira), measured on an NVIDIA H200.",
        "rows": len(rows),
        "successes": sum(row["outcome"] == "ok" for row in rows),
        "runs": runs,
        "dropped": {reason: len(rows) for reason, rows in dropped.items()},
        "fitted": datetime.date.today().isoformat(),
        "command": "python trainer/landscape/fit.py --table autoresearch14-trials.csv",
        "versions": {"python": sys.version.split()[0], "numpy": np.__version__, "torch": torch.__version__},
    }


def as_json(model):
    """Writes one line for each list of numbers, with five significant digits, which do not affect predictions."""
    return json.dumps(rounded(model), ensure_ascii=False, separators=(",", ":")).replace("],", "],\n") + "\n"


def rounded(value):
    if isinstance(value, dict):
        return {key: rounded(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [rounded(item) for item in value]
    if isinstance(value, (float, np.floating)):
        short = float(f"{value:.5g}")
        return int(short) if short.is_integer() else short
    return value


if __name__ == "__main__":
    try:
        main()
    except TableError as error:
        sys.exit(str(error))

"""The evaluator in numpy, for the fidelity report and for Optuna's samplers. index.ts is the reference;
test/landscape/golden checks that the two are equal."""

import hashlib
import json
import math
from pathlib import Path

import numpy as np

from features import NAMES, columns, derived, features

WEIGHTS = Path(__file__).parent / "weights.json"
EVALUATION_TOKENS = 40 * 524288


def read_weights(path=WEIGHTS):
    with open(path, encoding="utf-8") as file:
        model = json.load(file)
    if model["features"] != NAMES:
        raise ValueError(f"{path} was fitted on other features")
    return compiled(model)


def digest(path=WEIGHTS):
    """A digest of the weights. A refit to the same numbers has the same digest."""
    fitted, _, _ = path.read_text(encoding="utf-8").partition('"provenance"')
    return hashlib.sha256(fitted.encode()).hexdigest()[:16]


def compiled(model):
    """The networks as arrays."""
    return model | {name: as_arrays(model[name]) for name in ("throughput", "value")}


def as_arrays(spec):
    networks = [
        [(np.reshape(layer["weights"], (len(layer["bias"]), -1)), np.array(layer["bias"])) for layer in member["layers"]]
        for member in spec["networks"]
    ]
    return spec | {
        "networks": networks,
        "inputMean": np.array(spec["inputMean"]),
        "inputScale": np.array(spec["inputScale"]),
    }


def predict(spec, x):
    """The predictions of all networks of one quantity, in the units of its target."""
    z = (x - spec["inputMean"]) / spec["inputScale"]
    return spec["targetMean"] + spec["targetScale"] * np.array([apply(net, z) for net in spec["networks"]])


def apply(network, x):
    h = x
    for w, b in network[:-1]:
        h = np.tanh(h @ w.T + b)
    w, b = network[-1]
    return (h @ w.T + b)[:, 0]


def memory_terms(rows):
    c = columns(rows)
    d = derived(c)
    batch, depth = c["DEVICE_BATCH_SIZE"], c["DEPTH"]
    width, millions = d["dim"] / 1000, d["params"] / 1e6
    once = (d["accumulation"] == 1) * 1.0
    return {
        "one": np.ones(len(rows)),
        "batch": batch,
        "batchDepthWidth": batch * depth * width,
        "batchWidth": batch * width,
        "batchDepthHeads": batch * depth * d["heads"] / 1000,
        "params": millions,
        "paramsUnaccumulated": once * millions,
    }


def memory_gb(model, rows):
    terms = memory_terms(rows)
    return sum(coefficient * terms[name] for name, coefficient in model["memory"]["coefficients"].items())


def log_throughput(model, rows):
    return predict(model["throughput"], features(rows))[0]


def steps_of(model, log_tps, total_batch):
    return model["steps"]["uncounted"] + model["steps"]["seconds"] * np.exp(log_tps) / total_batch


def value_inputs(x, log_steps, log_batch):
    """The features, followed by the steps and tokens of the budget."""
    return np.column_stack([x, log_steps, log_steps + log_batch])


def values(model, rows, speed=0.0, noise=0.0):
    """val_bpb; noise-free where speed (log throughput against the typical card) and noise (normal draws) are 0."""
    x = features(rows)
    batch = columns(rows)["TOTAL_BATCH_SIZE"]
    steps = steps_of(model, predict(model["throughput"], x)[0] + speed, batch)
    v = model["value"]
    log_excess = predict(v, value_inputs(x, np.log(steps), np.log(batch))).mean(0)
    return v["floor"] + np.exp(log_excess + noise * noise_sd(model, log_excess))


def noise_sd(model, log_excess):
    """The sd of log(val_bpb − floor) of a repeated configuration, interpolated over its level."""
    n = model["noise"]["value"]
    levels = np.log(np.array(n["valBpb"]) - model["value"]["floor"])
    return np.exp(np.interp(log_excess, levels, np.log(n["sd"])))


def failure_seconds(model, depth, noise=0.0):
    f = model["failure"]
    return (f["constant"] + f["perLayer"] * depth) * np.exp(f["sd"] * noise)


def setup_seconds(model, depth, log_tps, noise=0.0):
    s = model["setup"]
    seconds = s["constant"] + s["perLayer"] * depth + s["perEvaluationSecond"] * EVALUATION_TOKENS / np.exp(log_tps)
    return seconds * np.exp(s["sd"] * noise)


# Randomness by seed: as in noise.ts.

MASK = 0xFFFFFFFF


def mixed(h):
    """murmur3's 32-bit finaliser."""
    h ^= h >> 16
    h = h * 0x85EBCA6B & MASK
    h ^= h >> 13
    h = h * 0xC2B2AE35 & MASK
    return h ^ h >> 16


def uniform(seed, channel):
    """On (0, 1), from a seed (a safe integer) and a channel."""
    low, high = seed & MASK, (seed >> 32) & MASK
    h = mixed(mixed(mixed(low ^ 0x9E3779B9) ^ high) ^ (channel * 0x27D4EB2F & MASK))
    return (h + 0.5) / 2**32


def normal(seed, channel):
    """Box and Muller's transform of two uniforms."""
    return math.sqrt(-2 * math.log(uniform(seed, 2 * channel))) * math.cos(2 * math.pi * uniform(seed, 2 * channel + 1))


SPEED, VALUE, SETUP, FAILURE = range(4)


def evaluate(model, row, seed, limit_gb=76.0):
    """One run: what the trainer would report."""
    rows = [row]
    depth, batch = row["DEPTH"], row["TOTAL_BATCH_SIZE"]
    memory = float(memory_gb(model, rows)[0])
    if memory + model["memory"]["reserveGb"] > limit_gb:
        seconds = float(failure_seconds(model, depth, normal(seed, FAILURE)))
        return {"outcome": "oom", "trainSeconds": seconds, "totalSeconds": seconds, "peakMemoryMb": 1024 * limit_gb}
    speed = model["noise"]["speed"] * normal(seed, SPEED)
    log_tps = float(log_throughput(model, rows)[0]) + speed
    seconds = model["steps"]["seconds"]
    return {
        "outcome": "complete",
        "valBpb": float(values(model, rows, speed, normal(seed, VALUE))[0]),
        "trainSeconds": seconds,
        "totalSeconds": seconds + float(setup_seconds(model, depth, log_tps, normal(seed, SETUP))),
        "peakMemoryMb": 1024 * memory,
        "tokensPerSecond": math.exp(log_tps),
        "numSteps": round(float(steps_of(model, log_tps, batch))),
    }

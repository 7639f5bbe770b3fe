"""Searches for the lowest noise-free val_bpb, to check that the optimum is not far below the recorded trials."""

import math

import numpy as np

from simulated import memory_gb, values
from table import SEQUENCE, SPACE

KEPT = 300
ROUNDS = 250


def least(model, seed):
    """An evolutionary search from 20 000 random configurations; returns the best value and its configuration."""
    draw = np.random.default_rng(seed)
    pool = [anywhere(draw) for _ in range(20_000)]
    pool, score = best(pool, scores(model, pool))
    for round in range(ROUNDS):
        step = 0.15 * (1 - round / ROUNDS) + 0.01
        moved = [near(params, step, draw) for params in pool]
        pool, score = best(pool + moved, np.concatenate([score, scores(model, moved)]))
    return float(score[0]), pool[0]


def best(pool, score):
    order = np.argsort(score, kind="stable")[:KEPT]
    return [pool[i] for i in order], score[order]


def scores(model, pool):
    fits = memory_gb(model, pool) + model["memory"]["reserveGb"] <= model["memory"]["limitGb"]
    return np.where(fits, values(model, pool), np.inf)


def anywhere(draw):
    return feasible({name: drawn(draw, name, parameter) for name, parameter in SPACE.items()})


def drawn(draw, name, parameter):
    if "choices" in parameter:
        return str(draw.choice(parameter["choices"]))
    return from_unit(name, parameter, draw.uniform())


def near(params, step, draw):
    moved = dict(params)
    for name, parameter in SPACE.items():
        if draw.uniform() > 0.3:
            continue
        if "choices" in parameter:
            moved[name] = drawn(draw, name, parameter)
        else:
            moved[name] = from_unit(name, parameter, to_unit(name, parameter, params[name]) + step * draw.normal())
    return feasible(moved)


def logarithmic(name, parameter):
    return parameter["kind"] == "power-of-two" or name.endswith("_LR")


def to_unit(name, parameter, value):
    low, high = parameter["low"], parameter["high"]
    if logarithmic(name, parameter):
        return math.log(value / low) / math.log(high / low)
    return (value - low) / (high - low)


def from_unit(name, parameter, unit):
    low, high = parameter["low"], parameter["high"]
    unit = min(1.0, max(0.0, unit))
    if parameter["kind"] == "power-of-two":
        return low * 2 ** round(unit * math.log2(high / low))
    if logarithmic(name, parameter):
        return low * (high / low) ** unit
    value = low + unit * (high - low)
    return round(value) if parameter["kind"] == "int" else value


def feasible(params):
    least_batch = params["DEVICE_BATCH_SIZE"] * SEQUENCE
    return params | {"TOTAL_BATCH_SIZE": max(params["TOTAL_BATCH_SIZE"], least_batch)}

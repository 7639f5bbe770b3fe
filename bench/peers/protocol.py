"""What all peers share: how a space is written for them, and what they are told about a failure."""

import math

# arXiv 2603.24647 tells every failure as this value, to every method. A val_bpb is near 1.
PENALTY = 100.0


def penalised(outcome, value):
    return value if outcome == "complete" else PENALTY


def exponent(parameter):
    """A power of two as its exponent: an int that is uniform where the search is."""
    return {**parameter, "log": False, "low": int(math.log2(parameter["low"])), "high": int(math.log2(parameter["high"]))}


def encode(parameter, value):
    return int(math.log2(value)) if parameter["powerOfTwo"] else value


def decode(parameter, value):
    return 2 ** int(value) if parameter["powerOfTwo"] else value

"""Bits per byte of an edited program's weights on the validation data, which the program never sees.

    python score.py --data DATA --out score.json [--tokens 32768] [--sequence 256] [--rows 32]

The loss, the count of bytes and the probes are here and in trainer/tasks/judging.py; the edited model runs confined and
answers with logits. The rows are those of evaluate.py, so both give one value for one model.
"""

import argparse
import json
import math
from pathlib import Path

import numpy as np

from judging import Judge, log_likelihoods, scores_into, write_score
from packing import batches


def main():
    arguments = parse()
    scores_into(arguments.out)
    meta = json.loads((arguments.data / "meta.json").read_text())
    lengths = np.load(arguments.data / "token_bytes.npy")
    nats, size = 0.0, 0
    with Judge(weights_megabytes=arguments.weights_megabytes) as judge:
        for logits, targets in judge.outputs_of_sequences(pairs(arguments, meta["bos"]), meta["vocabulary"]):
            found = log_likelihoods(logits, targets)
            counted = lengths[targets]
            nats -= float(found[counted > 0].sum())
            size += int(counted.sum())
    write_score(nats / (math.log(2) * size), {"evaluatedBytes": size})


def parse():
    parser = argparse.ArgumentParser(description="Bits per byte of an edited program on the validation data.")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--tokens", type=int, default=2**20)
    parser.add_argument("--sequence", type=int, default=2048)
    parser.add_argument("--rows", type=int, default=32)
    parser.add_argument("--weights-megabytes", type=float, default=2000)
    return parser.parse_args()


def pairs(arguments, bos):
    """Inputs and targets. Only the inputs leave this process."""
    source = batches(arguments.data / "val.bin", bos, arguments.sequence + 1, arguments.rows)
    for _ in range(max(1, arguments.tokens // (arguments.rows * arguments.sequence))):
        rows = next(source)
        yield np.ascontiguousarray(rows[:, :-1]), rows[:, 1:]


if __name__ == "__main__":
    main()

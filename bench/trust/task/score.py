"""Bits per symbol on the validation data.

python score.py --data DATA --out score.json
"""

import argparse
import math
from pathlib import Path

import numpy as np
from judging import Judge, log_likelihoods, scores_into, write_score

ROWS, LENGTH, SYMBOLS = 32, 64, 32


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    scores_into(arguments.out)
    data = np.fromfile(arguments.data / "val.bin", np.uint8)
    rows = data[: len(data) // (LENGTH + 1) * (LENGTH + 1)].reshape(-1, LENGTH + 1)
    nats = []
    with Judge(weights_megabytes=1) as judge:
        for logits, targets in judge.outputs_of_sequences(batches(rows), SYMBOLS):
            nats.append(-log_likelihoods(logits, targets).mean())
    write_score(float(np.mean(nats)) / math.log(2))


def batches(rows):
    for at in range(0, len(rows) - ROWS + 1, ROWS):
        some = rows[at : at + ROWS]
        yield np.ascontiguousarray(some[:, :-1]), some[:, 1:]


if __name__ == "__main__":
    main()

"""Bits per byte of an edited program's weights on text that it has not seen.

    python score.py --data DATA --out score.json [--split sealed]
"""

import argparse
import math
from pathlib import Path

import numpy as np
from judging import Judge, log_likelihoods, scores_into, write_score

LENGTH, SYMBOLS = 128, 128
ROWS, BATCHES = 32, 16


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--split", choices=("val", "sealed"), default="val")
    arguments = parser.parse_args()
    scores_into(arguments.out)
    text = np.fromfile(arguments.data / f"{arguments.split}.bin", np.uint8)
    nats = []
    with Judge(weights_megabytes=200) as judge:
        for logits, targets in judge.outputs_of_sequences(batches(text), SYMBOLS):
            nats.append(-log_likelihoods(logits, targets).mean())
    write_score(float(np.mean(nats)) / math.log(2), {"evaluatedBytes": ROWS * LENGTH * len(nats)})


def batches(text):
    rows = text[: len(text) // (LENGTH + 1) * (LENGTH + 1)].reshape(-1, LENGTH + 1)
    for at in range(0, min(len(rows), ROWS * BATCHES) - ROWS + 1, ROWS):
        some = rows[at : at + ROWS]
        yield np.ascontiguousarray(some[:, :-1]), some[:, 1:]


if __name__ == "__main__":
    main()

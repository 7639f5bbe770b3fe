"""The error rate of an edited program's weights on images that it has not seen.

    python score.py --data DATA --out score.json [--split sealed]
"""

import argparse
from pathlib import Path

import numpy as np
from judging import Judge, scores_into, write_score

ROWS, KINDS = 128, 10


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--split", choices=("val", "sealed"), default="val")
    arguments = parser.parse_args()
    scores_into(arguments.out)
    images, labels = (np.load(arguments.data / f"{arguments.split}-{part}.npy") for part in ("images", "labels"))
    wrong = count = 0
    with Judge(weights_megabytes=200) as judge:
        for outputs, targets in judge.outputs_of_rows(batches(images, labels), KINDS):
            wrong += int((outputs.argmax(-1) != targets).sum())
            count += len(targets)
    write_score(wrong / count, {"evaluatedImages": count})


def batches(images, labels):
    for at in range(0, len(images) - ROWS + 1, ROWS):
        yield images[at : at + ROWS], labels[at : at + ROWS]


if __name__ == "__main__":
    main()

"""The error rate of predictions.npy. It runs outside the sandbox, and no line of the edited program runs in it.

    python score.py --data DATA --out score.json
"""

import argparse
from pathlib import Path

import numpy as np
from judging import array_of_result, refuse, scores_into, write_score

parser = argparse.ArgumentParser()
parser.add_argument("--data", type=Path, required=True)
parser.add_argument("--out", type=Path, required=True)
arguments = parser.parse_args()
scores_into(arguments.out)
labels = np.load(arguments.data / "test-labels.npy")
found = array_of_result("predictions.npy", megabytes=1)
if found.shape != labels.shape:
    refuse(f"predictions.npy has the shape {found.shape}; expected {labels.shape}")
write_score(float((found != labels).mean()))

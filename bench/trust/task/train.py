"""Learns to predict the next of 32 symbols by counting pairs.

python train.py --data DATA --seconds S --seed N
"""

import argparse
import json
import time
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file

SMOOTHING = 20.0
SYMBOLS = 32


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--seconds", type=float, required=True)
    parser.add_argument("--seed", type=int, required=True)
    arguments = parser.parse_args()
    began = time.perf_counter()
    data = np.fromfile(arguments.data / "train.bin", np.uint8)
    counts = np.full((SYMBOLS, SYMBOLS), SMOOTHING)
    for piece in np.array_split(data, 20):
        np.add.at(counts, (piece[:-1], piece[1:]), 1)
        if time.perf_counter() - began > arguments.seconds:
            break
    table = np.log(counts / counts.sum(1, keepdims=True)).astype(np.float32)
    save_file({"table": table}, "weights.safetensors", {"config": "{}"})
    took = time.perf_counter() - began
    Path("result.json").write_text(json.dumps({"outcome": "complete", "trainSeconds": took}))


if __name__ == "__main__":
    main()

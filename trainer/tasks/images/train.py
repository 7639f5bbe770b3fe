"""Trains a classifier of figures for a fixed time.

    python train.py --data DATA --seconds S --seed N

Leaves weights.safetensors, reports.jsonl and result.json.
"""

import argparse
import json
import math
import time
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from safetensors.torch import save_file

from model import build

CHANNELS = 8
HIDDEN = 64
BATCH_SIZE = 64
LEARNING_RATE = 0.05
MOMENTUM = 0.9
WEIGHT_DECAY = 0.0005
SMOOTHING = 0.0

REPORTS = 20


def main():
    arguments = parse()
    torch.manual_seed(arguments.seed)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    config = {"channels": CHANNELS, "hidden": HIDDEN}
    model = build(config, device)
    steps, took = train(model, arguments, device)
    save_file({name: tensor.contiguous() for name, tensor in model.state_dict().items()}, "weights.safetensors", {"config": json.dumps(config)})
    Path("result.json").write_text(json.dumps({"outcome": "complete", "trainSeconds": took, "metrics": {"steps": steps}}))


def parse():
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--seconds", type=float, required=True)
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args()


def train(model, arguments, device):
    images = torch.from_numpy(np.load(arguments.data / "train-images.npy")).to(device)
    labels = torch.from_numpy(np.load(arguments.data / "train-labels.npy")).long().to(device)
    optimizer = torch.optim.SGD(model.parameters(), lr=LEARNING_RATE, momentum=MOMENTUM, weight_decay=WEIGHT_DECAY)
    began, steps, reported, smooth = time.perf_counter(), 0, 0, None
    while (progress := (time.perf_counter() - began) / arguments.seconds) < 1:
        chosen = torch.randint(len(images), (BATCH_SIZE,), device=device)
        loss = F.cross_entropy(model(images[chosen]), labels[chosen], label_smoothing=SMOOTHING)
        for group in optimizer.param_groups:
            group["lr"] = LEARNING_RATE * (1 + math.cos(math.pi * progress)) / 2
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        steps += 1
        value = loss.item()
        if not math.isfinite(value):
            raise SystemExit(f"diverged: a loss of {value}")
        smooth = value if smooth is None else 0.95 * smooth + 0.05 * value
        if int(progress * REPORTS) > reported:
            reported = int(progress * REPORTS)
            with open("reports.jsonl", "a") as file:
                file.write(json.dumps({"step": reported, "value": smooth}) + "\n")
    print(f"{steps} steps, a loss of {smooth:.3f} at the end", flush=True)
    return steps, time.perf_counter() - began


if __name__ == "__main__":
    main()

"""Trains a model of bytes for a fixed time.

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

from model import LENGTH, SYMBOLS, build

WIDTH = 64
LAYERS = 2
HEADS = 4
BATCH_SIZE = 16
LEARNING_RATE = 0.003
WEIGHT_DECAY = 0.1
WARMUP_STEPS = 10
FINAL_RATE = 0.1

REPORTS = 20


def main():
    arguments = parse()
    torch.manual_seed(arguments.seed)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    config = {"width": WIDTH, "layers": LAYERS, "heads": HEADS}
    model = build(config, device)
    steps, took = train(model, arguments, device)
    save_file({name: tensor.contiguous() for name, tensor in model.state_dict().items()}, "weights.safetensors", {"config": json.dumps(config)})
    result = {"outcome": "complete", "trainSeconds": took, "metrics": {"steps": steps}}
    Path("result.json").write_text(json.dumps(result))


def parse():
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--seconds", type=float, required=True)
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args()


def train(model, arguments, device):
    text = torch.from_numpy(np.fromfile(arguments.data / "train.bin", np.uint8)).to(device)
    optimizer = torch.optim.AdamW(model.parameters(), lr=LEARNING_RATE, weight_decay=WEIGHT_DECAY)
    began, steps, reported = time.perf_counter(), 0, 0
    while (progress := (time.perf_counter() - began) / arguments.seconds) < 1:
        at = torch.randint(len(text) - LENGTH - 1, (BATCH_SIZE, 1), device=device)
        rows = text[at + torch.arange(LENGTH + 1, device=device)].long()
        loss = F.cross_entropy(model(rows[:, :-1]).reshape(-1, SYMBOLS), rows[:, 1:].reshape(-1))
        for group in optimizer.param_groups:
            group["lr"] = LEARNING_RATE * rate(steps, progress)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        steps += 1
        bits = loss.item() / math.log(2)
        if not math.isfinite(bits):
            raise SystemExit(f"diverged: {bits} bits per byte")
        if int(progress * REPORTS) > reported:
            reported = int(progress * REPORTS)
            with open("reports.jsonl", "a") as file:
                file.write(json.dumps({"step": reported, "value": bits}) + "\n")
    print(f"{steps} steps, {bits:.3f} bits per byte at the end", flush=True)
    return steps, time.perf_counter() - began


def rate(steps, progress):
    """Warm-up, then a cosine down to the final share."""
    up = min(1, (steps + 1) / max(1, WARMUP_STEPS))
    return up * (FINAL_RATE + (1 - FINAL_RATE) * (1 + math.cos(math.pi * progress)) / 2)


if __name__ == "__main__":
    main()

"""Trains a small GPT for a fixed time.

    python train.py --data DATA [--params params.json] [--seconds 300] [--memory-gb 76]

In the folder where it is started it leaves result.json (result.schema.json says how it looks), reports.jsonl (a line now and
then: the training loss in bits per byte) and weights.safetensors, from which evaluate.py computes the
score in a process of its own.
"""

# The searched parameters; a params file overrides them by these names.
DEPTH = 8
ASPECT_RATIO = 64
HEAD_DIM = 128
DEVICE_BATCH_SIZE = 128
TOTAL_BATCH_SIZE = 524288
EMBEDDING_LR = 0.6
UNEMBEDDING_LR = 0.004
MATRIX_LR = 0.04
SCALAR_LR = 0.5
WEIGHT_DECAY = 0.2
WARMUP_RATIO = 0.0
WARMDOWN_RATIO = 0.5
FINAL_LR_FRAC = 0.0
WINDOW_PATTERN = "SSSL"
# Settings that a profile can also override.
SEQUENCE_LENGTH = 2048

import argparse
import gc
import json
import math
import os
import time
from pathlib import Path

BEGAN = time.perf_counter()

import torch
import torch.nn.functional as F
from safetensors.torch import save_file

from device import Device
from model import Gpt, shape_of
from optimizer import Optimizer
from packing import batches

KNOBS = {name: value for name, value in globals().items() if name.isupper() and name != "BEGAN"}
SEED = 42
UNCOUNTED_STEPS = {"cuda": 10, "mps": 3, "cpu": 1}
"""Steps for compilation and warm-up, which are not charged to the budget."""
HIGHEST_LOSS = 100
REPORTS = 30
"""The number of reports: step n is n thirtieths of the training in every trial, so that trials are comparable."""

SMOOTHING = 0.8
"""The smoothing of the reported loss, so that one unusual batch does not look like a setback."""


class Refused(Exception):
    """Raised for parameters that cannot be trained with."""


class Diverged(Exception):
    pass


def main():
    arguments = parse()
    try:
        knobs = read_knobs(arguments.params)
        result = {"outcome": "complete", **train(knobs, arguments)}
    except Refused as error:
        result = {"outcome": "invalid", "message": str(error)}
    except Diverged as error:
        result = {"outcome": "diverged", "message": str(error)}
    except (torch.OutOfMemoryError, MemoryError) as error:
        result = {"outcome": "oom", "message": str(error) or "out of memory"}
    write(Path("result.json"), result)
    if result["outcome"] != "complete":
        raise SystemExit(f"{result['outcome']}: {result['message']}")


def parse():
    parser = argparse.ArgumentParser(description="Trains a small GPT for a fixed time.")
    parser.add_argument("--data", type=Path, required=True, help="what prepare.py made")
    parser.add_argument("--params", type=Path, help="JSON: values for the constants at the top of this file")
    parser.add_argument("--seconds", type=float, default=300, help="of counted training")
    parser.add_argument("--memory-gb", type=float, help="of the card, at most")
    parser.add_argument("--seed", type=int, default=SEED)
    return parser.parse_args()


def read_knobs(path):
    given = json.loads(path.read_text()) if path else {}
    for name, value in given.items():
        if name not in KNOBS:
            raise Refused(f"{name} is no constant of train.py; there are {', '.join(KNOBS)}")
        wanted = type(KNOBS[name])
        if isinstance(value, bool) or not isinstance(value, (int, float) if wanted is float else wanted):
            raise Refused(f"{name} = {value!r}: expected {wanted.__name__}")
    knobs = {**KNOBS, **given}
    tokens = knobs["DEVICE_BATCH_SIZE"] * knobs["SEQUENCE_LENGTH"]
    if tokens < 1 or knobs["TOTAL_BATCH_SIZE"] % tokens or knobs["TOTAL_BATCH_SIZE"] < tokens:
        raise Refused(f"TOTAL_BATCH_SIZE = {knobs['TOTAL_BATCH_SIZE']} is no multiple of DEVICE_BATCH_SIZE × SEQUENCE_LENGTH = {tokens}")
    if knobs["HEAD_DIM"] % 2 or min(knobs["DEPTH"], knobs["ASPECT_RATIO"], knobs["HEAD_DIM"]) < 1:
        raise Refused(f"DEPTH, ASPECT_RATIO and HEAD_DIM must be positive, HEAD_DIM = {knobs['HEAD_DIM']} even")
    if not knobs["WINDOW_PATTERN"] or set(knobs["WINDOW_PATTERN"]) - set("SL"):
        raise Refused(f"WINDOW_PATTERN = {knobs['WINDOW_PATTERN']!r}: expected letters S and L")
    return knobs


def train(knobs, arguments):
    device = Device(arguments.memory_gb)
    torch.manual_seed(arguments.seed)
    meta = json.loads((arguments.data / "meta.json").read_text())
    model = Gpt(shape(knobs, meta["vocabulary"])).place(device.torch)
    optimizer = Optimizer(model, knobs, compiled=device.cuda, dtype=device.dtype)
    forward = torch.compile(model, dynamic=False) if device.cuda else model
    sequence, rows = knobs["SEQUENCE_LENGTH"], knobs["DEVICE_BATCH_SIZE"]
    source = batches(arguments.data / "train.bin", meta["bos"], sequence + 1, rows)
    pieces = knobs["TOTAL_BATCH_SIZE"] // (rows * sequence)
    reporter = Reporter(arguments.data, arguments.seconds, device)
    phases = {"startup": time.perf_counter() - BEGAN}

    uncounted = UNCOUNTED_STEPS[device.torch.type]
    counted, steps = 0.0, 0
    inputs, targets = device.move(next(source))
    before = device.now()
    while counted < arguments.seconds:
        progress = counted / arguments.seconds
        total = torch.zeros((), device=device.torch)
        for _ in range(pieces):
            with device.autocast():
                logits = forward(inputs, device.dtype)
            loss = F.cross_entropy(logits.flatten(0, 1), targets.flatten()) / pieces
            loss.backward()
            total += loss.detach()
            seen = targets
            inputs, targets = device.move(next(source))  # while the device computes
        optimizer.step(schedule(progress, knobs), progress)
        model.zero_grad(set_to_none=True)
        mean = total.item()
        if not math.isfinite(mean) or mean > HIGHEST_LOSS:
            raise Diverged(f"the loss was {mean} at step {steps}")
        steps += 1
        after = device.now()
        if steps > uncounted:
            counted += after - before
        else:
            phases["warmup"] = phases.get("warmup", 0) + after - before
        before = after
        reporter.maybe(counted, mean, seen)
        if steps == 1:
            gc.collect()
            gc.freeze()
            gc.disable()
    weights = {name: tensor.contiguous() for name, tensor in model.state_dict().items()}
    save_file(weights, "weights.safetensors", {"config": json.dumps(model.shape.asdict())})
    phases["train"] = counted
    return summary(knobs, model, device, steps, steps - uncounted, phases)


def shape(knobs, vocabulary):
    return shape_of(
        knobs["DEPTH"],
        knobs["ASPECT_RATIO"],
        knobs["HEAD_DIM"],
        vocabulary=vocabulary,
        sequence=knobs["SEQUENCE_LENGTH"],
        windows=knobs["WINDOW_PATTERN"],
    )


def schedule(progress, knobs):
    """Warm-up, constant, warm-down. Where the two overlap the lower one applies, so the rate never jumps."""
    up = progress / knobs["WARMUP_RATIO"] if knobs["WARMUP_RATIO"] > 0 else 1
    left = (1 - progress) / knobs["WARMDOWN_RATIO"] if knobs["WARMDOWN_RATIO"] > 0 else 1
    down = knobs["FINAL_LR_FRAC"] + (1 - knobs["FINAL_LR_FRAC"]) * left
    return max(0, min(up, 1, down))


class Reporter:
    """The training loss in bits per byte: the unit of the score, but noisier."""

    def __init__(self, data, seconds, device):
        import numpy as np

        self.lengths = torch.from_numpy(np.load(data / "token_bytes.npy")).to(device.torch)
        self.every = seconds / REPORTS
        self.last = 0
        self.nats = self.bytes = 0.0
        self.path = Path("reports.jsonl")

    def maybe(self, counted, loss, targets):
        self.nats = SMOOTHING * self.nats + loss * targets.numel()
        self.bytes = SMOOTHING * self.bytes + self.lengths[targets].sum().item()
        step = int(counted / self.every)
        if step <= self.last:
            return
        self.last = step
        bits = self.nats / math.log(2) / self.bytes
        with self.path.open("a") as file:
            file.write(json.dumps({"step": step, "value": bits}) + "\n")
        print(f"{counted:.1f} s: {bits:.4f} bits per byte", flush=True)


def summary(knobs, model, device, steps, counted_steps, phases):
    per_second = counted_steps * knobs["TOTAL_BATCH_SIZE"] / phases["train"]
    peak = device.peak_flops()
    metrics = {
        "steps": steps,
        "totalTokensM": steps * knobs["TOTAL_BATCH_SIZE"] / 1e6,
        "paramsM": model.count() / 1e6,
        "mfuPercent": 100 * per_second * model.flops_per_token() / peak if peak else None,
    }
    return {
        "trainSeconds": phases["train"],
        "peakMemoryMb": device.peak_memory_mb(),
        "tokensPerSecond": per_second,
        "metrics": metrics,
        "phases": {**phases, "total": time.perf_counter() - BEGAN},
        "hardware": {"device": device.name, "driver": device.driver(), "torch": torch.__version__},
    }


def write(path, result):
    """Writes a file atomically."""
    part = path.with_suffix(".part")
    part.write_text(json.dumps(result, allow_nan=False, indent=2) + "\n")
    os.replace(part, path)


if __name__ == "__main__":
    main()

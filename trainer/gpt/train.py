"""Trains a small GPT for a fixed time.

    python train.py --data DATA [--params params.json] [--seconds 300] [--memory-gib 76] [--cache FOLDER]

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
from collections import deque
from pathlib import Path

BEGAN = time.perf_counter()

import torch
from safetensors.torch import save_file

import distributed
from attention import cannot, choose
from cache import VARIABLE, Cache, measured_attention
from device import Device
from loader import ahead
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
    parser.add_argument("--memory-gib", "--memory-gb", type=float, help="of the card, at most, in GiB")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--cache", default=os.environ.get(VARIABLE), help="a folder of compiled graphs, which is only read")
    parser.add_argument("--compile", choices=("auto", "whole", "block", "none"), default="auto", help="auto: whole on CUDA, else none")
    parser.add_argument("--graphs", action="store_true", help="CUDA graphs: mode reduce-overhead of torch.compile")
    parser.add_argument("--attention", help="a kernel for every window that it can, in place of the choice")
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
    device = Device(arguments.memory_gib)
    distributed.join(device)
    torch.manual_seed(arguments.seed)
    meta = json.loads((arguments.data / "meta.json").read_text())
    network = shape(knobs, meta["vocabulary"])
    kernels = kernels_for(network, device, arguments)
    how = ("whole" if device.cuda else "none") if arguments.compile == "auto" else arguments.compile
    cache = Cache(arguments.cache if how != "none" else None, "train", graph_shape(network, knobs, kernels, how, arguments.graphs))
    cache.open()
    model = Gpt(network).place(device.torch, kernels)
    optimizer = Optimizer(model, knobs, compiled=how != "none", dtype=device.dtype)
    forward = model.compiled(how, **({"mode": "reduce-overhead"} if arguments.graphs else {}))
    sequence, rows = knobs["SEQUENCE_LENGTH"], knobs["DEVICE_BATCH_SIZE"]
    source = ahead(distributed.share(batches(arguments.data / "train.bin", meta["bos"], sequence + 1, rows), device), device)
    pieces, left = divmod(knobs["TOTAL_BATCH_SIZE"], rows * sequence * device.world)
    if left:
        raise Refused(f"TOTAL_BATCH_SIZE = {knobs['TOTAL_BATCH_SIZE']} cannot be divided among {device.world} processes of {rows * sequence} tokens")
    reporter = Reporter(arguments.data, arguments.seconds, device)
    clock = Clock(arguments.seconds, device, reporter)
    phases = {"startup": time.perf_counter() - BEGAN}

    inputs, targets = device.move(next(source))
    clock.begin()
    while (progress := distributed.agree(clock.expected(), device)) < 1:
        total = torch.zeros((), device=device.torch)
        for _ in range(pieces):
            with device.autocast():
                loss = forward(inputs, device.dtype, targets) / pieces
            loss.backward()
            total += loss.detach()
            seen = targets
            inputs, targets = device.move(next(source))  # while the device computes
        distributed.average(model, total, device)
        optimizer.step(schedule(progress, knobs), progress)
        model.zero_grad(set_to_none=not arguments.graphs)
        clock.queued(total, reporter.bytes_of(seen), seen.numel())
    phases.update(clock.phases())
    distributed.end(device)
    weights = {name: tensor.contiguous() for name, tensor in model.state_dict().items()}
    save_file(weights, "weights.safetensors", {"config": json.dumps(model.shape.asdict())})
    cache.leave()
    ran = {"attention": ", ".join(f"{name} {window}" for window, name in kernels.items()), "compiled": how, "cache": cache.state}
    return summary(knobs, model, device, clock, phases, ran)


class Clock:
    """Counts the seconds of synchronised steps after the warm-up, and looks at the losses.

    A card gets the next step while the one before runs, so that it never waits for the processor. The loss and the time of a step are
    therefore read one step late, and the step that runs is expected to take as long as the last one did.
    """

    def __init__(self, seconds, device, reporter):
        self.seconds, self.device, self.reporter = seconds, device, reporter
        self.uncounted = UNCOUNTED_STEPS[device.torch.type]
        self.most_queued = 1 if device.cuda else 0
        self.queue = deque()
        self.steps, self.counted, self.latest, self.warmup = 0, 0.0, 0.0, 0.0

    def begin(self):
        self.last, self.paused = self.device.mark(), self.device.paused()

    def expected(self):
        """The share of the budget that is used once all queued steps are done; 1 only when they are."""
        while self.queue and self.counted + self.running() >= self.seconds:
            self.finish()
        return (self.counted + self.running()) / self.seconds

    def running(self):
        """The seconds that the queued steps will be counted with."""
        return self.latest * max(0, self.steps + len(self.queue) - max(self.steps, self.uncounted))

    def queued(self, loss, size, tokens):
        self.queue.append((self.device.fetch(loss, size), tokens, self.device.mark()))
        while len(self.queue) > self.most_queued:
            self.finish()

    def finish(self):
        (loss, size), tokens, mark = self.queue.popleft()
        took = mark.after(self.last)
        paused = min(took, self.device.paused() - self.paused)  # what is left belongs to the next step
        took, self.last, self.paused = took - paused, mark, self.paused + paused
        mean = loss.item()
        if not math.isfinite(mean) or mean > HIGHEST_LOSS:
            raise Diverged(f"the loss was {mean} at step {self.steps}")
        self.steps += 1
        self.latest = took
        if self.steps > self.uncounted:
            self.counted += took
        else:
            self.warmup += took
        self.reporter.maybe(self.counted, mean, size.item(), tokens)
        if self.steps == 1:
            gc.collect()
            gc.freeze()
            gc.disable()

    def phases(self):
        return {"warmup": self.warmup, "train": self.counted}


def kernels_for(network, device, arguments):
    choice = choose(
        network.sequence,
        network.layer_windows,
        network.head_dim,
        device.torch,
        device.dtype,
        measured_attention(arguments.cache) if device.cuda else None,
    )
    return {window: by_name(arguments.attention, window, network, device) or name for window, name in choice.items()}


def by_name(wanted, window, network, device):
    return wanted if wanted and cannot(wanted, network.sequence, window, device.torch) is None else None


def graph_shape(network, knobs, kernels, how, graphs):
    """What compiled graphs depend on beside the code and the machine."""
    return {**network.asdict(), "rows": knobs["DEVICE_BATCH_SIZE"], "attention": sorted(kernels.items()), "compiled": how, "graphs": graphs}


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
        self.path = Path("reports.jsonl" if device.rank == 0 else os.devnull)

    def bytes_of(self, targets):
        return self.lengths[targets].sum()

    def maybe(self, counted, loss, size, tokens):
        self.nats = SMOOTHING * self.nats + loss * tokens
        self.bytes = SMOOTHING * self.bytes + size
        step = int(counted / self.every)
        if step <= self.last:
            return
        self.last = step
        bits = self.nats / math.log(2) / self.bytes
        with self.path.open("a") as file:
            file.write(json.dumps({"step": step, "value": bits}) + "\n")
        print(f"{counted:.1f} s: {bits:.4f} bits per byte", flush=True)


def summary(knobs, model, device, clock, phases, ran):
    steps, counted_steps = clock.steps, clock.steps - clock.uncounted
    per_second = counted_steps * knobs["TOTAL_BATCH_SIZE"] / clock.counted
    peak = device.world * (device.peak_flops() or 0)
    metrics = {
        "steps": steps,
        "totalTokensM": steps * knobs["TOTAL_BATCH_SIZE"] / 1e6,
        "paramsM": model.count() / 1e6,
        "mfuPercent": 100 * per_second * model.flops_per_token() / peak if peak else None,
    }
    return {
        "trainSeconds": clock.counted,
        "peakMemoryMb": device.peak_memory_mib(),
        "tokensPerSecond": per_second,
        "metrics": metrics,
        "phases": {**phases, "total": time.perf_counter() - BEGAN},
        "hardware": {"device": device.name, "driver": device.driver(), "torch": torch.__version__, **ran},
    }


def write(path, result):
    """Writes a file atomically."""
    part = path.with_suffix(".part")
    part.write_text(json.dumps(result, allow_nan=False, indent=2) + "\n")
    os.replace(part, path)


if __name__ == "__main__":
    main()

"""Bits per byte of a checkpoint on the validation data, in a separate process, so that training code cannot affect its score.

    python evaluate.py --data DATA --checkpoint weights.safetensors --out evaluation.json [--tokens 20971520] [--code FOLDER]
                       [--cache FOLDER]

The network is built from model.py in `--code` (beside this file, unless an edited one is to be judged). Everything that makes
the score is here: the data, the loss, the count of bytes, and that no logit depends on what comes after it.

On a card it compiles nothing unless told to: a forward pass over all tokens takes less than compiling one. Once the score is written,
what the trial compiled is added to the folder of shared graphs (cache.py).
"""

import argparse
import importlib.util
import json
import math
import os
import sys
import time
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from safetensors import safe_open

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from cache import LEFT, VARIABLE, Cache, merge  # noqa: E402
from device import Device  # noqa: E402
from loader import ahead  # noqa: E402
from packing import batches  # noqa: E402

TOKENS = 40 * 524288
ROWS = 32
LEAK = 0.05
"""How much a logit may change when only later tokens change: no more than the rounding of kernels."""


def main():
    arguments = parse()
    began = time.perf_counter()
    device = Device()
    code = load(arguments.code / "model.py")
    with safe_open(arguments.checkpoint, "pt") as saved:
        model = code.build(json.loads(saved.metadata()["config"]), device.torch)
        model.load_state_dict({name: saved.get_tensor(name) for name in saved.keys()})
    cache = Cache(arguments.cache if arguments.compile != "none" else None, "evaluate", {**model.shape.asdict(), "how": arguments.compile})
    cache.open()
    score = {"outcome": "complete", **evaluate(model.eval(), arguments.data, arguments.tokens, device, arguments.compile)}
    cache.leave()
    score["phases"] = {"evaluate": time.perf_counter() - began}
    part = arguments.out.with_suffix(".part")
    part.write_text(json.dumps(score, indent=2) + "\n")
    os.replace(part, arguments.out)
    print(f"{score['value']:.6f} bits per byte")
    share(arguments)


def share(arguments):
    """Adds what the trial compiled to the shared folder. A failure of it is said, and is none of the trial."""
    try:
        added = merge(arguments.cache, LEFT, arguments.code) if arguments.cache else []
    except OSError as error:
        print(f"the compiled graphs were not added to {arguments.cache}: {error}")
    else:
        print(f"added {len(added)} to the compiled graphs") if added else None


def parse():
    parser = argparse.ArgumentParser(description="Bits per byte of a checkpoint on the validation data.")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--checkpoint", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--tokens", type=int, default=TOKENS)
    parser.add_argument("--code", type=Path, default=HERE)
    parser.add_argument("--cache", default=os.environ.get(VARIABLE), help="a folder of compiled graphs, to which those of the trial are added")
    parser.add_argument("--compile", choices=("none", "block", "whole"), default="none")
    return parser.parse_args()


def load(path):
    spec = importlib.util.spec_from_file_location("judged_model", path)
    module = importlib.util.module_from_spec(spec)
    sys.modules["judged_model"] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


@torch.no_grad()
def evaluate(model, data, tokens, device, how="none"):
    meta = json.loads((data / "meta.json").read_text())
    lengths = torch.from_numpy(np.load(data / "token_bytes.npy")).to(device.torch)
    width = model.shape.sequence + 1
    source = ahead(batches(data / "val.bin", meta["bos"], width, ROWS), device)
    forward = torch.compile(model, dynamic=False) if how == "whole" or needs_compiler(model) else model
    if how == "block":
        for block in model.blocks:
            block.compile(dynamic=False)
    nats, size = 0.0, 0
    for batch in range(max(1, tokens // (ROWS * model.shape.sequence))):
        inputs, targets = device.move(next(source))
        with device.autocast():
            logits = forward(inputs, device.dtype)
            if batch == 0:
                refuse_a_look_ahead(forward, inputs, logits, device)
        some_nats, some_size = count(logits.float(), targets, lengths)
        nats, size = nats + some_nats, size + some_size
    value = nats / (math.log(2) * size)
    if not math.isfinite(value):
        raise SystemExit(f"diverged: {value} bits per byte")
    return {"value": value, "metrics": {"evaluatedBytes": size}}


def needs_compiler(model):
    """flex_attention makes whole matrices of scores where it is not compiled."""
    kernels = getattr(model, "kernels", {}).values()
    return next(model.parameters()).is_cuda and any(name.startswith("flex") for name in kernels)


def count(logits, targets, lengths):
    """The loss in nats over tokens that represent bytes, and the number of bytes."""
    each = F.cross_entropy(logits.flatten(0, 1), targets.flatten(), reduction="none")
    size = lengths[targets.flatten()]
    return each[size > 0].double().sum().item(), int(size.sum())


def refuse_a_look_ahead(forward, inputs, logits, device):
    half = inputs.size(1) // 2
    other = inputs.clone()
    other[:, half:] = (other[:, half:] + torch.randint_like(other[:, half:], 1, logits.size(-1))) % logits.size(-1)
    moved = (forward(other, device.dtype)[:, :half].float() - logits[:, :half].float()).abs().max().item()
    if moved > LEAK:
        raise SystemExit(f"invalid: logits move by {moved:.3g} when only later tokens change: the model looks ahead")


if __name__ == "__main__":
    main()

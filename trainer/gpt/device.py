"""The device of the machine, its number format, and its memory use."""

import contextlib
import resource
import subprocess
import sys
import time

import torch

PEAK_TFLOPS = {"H200": 989, "H100": 989, "A100": 312, "L40S": 362, "L4": 121, "4090": 165, "3090": 71, "A5000": 111}
"""Peak FLOPS of dense bfloat16, from the data sheets."""


class Device:
    def __init__(self, memory_gb=None):
        kind = "cuda" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else "cpu"
        self.torch = torch.device(kind)
        self.cuda = kind == "cuda"
        self.dtype = torch.bfloat16 if self.cuda else torch.float32
        self.name = torch.cuda.get_device_name() if self.cuda else kind
        if self.cuda:
            torch.set_float32_matmul_precision("high")
            if memory_gb is not None:
                total = torch.cuda.get_device_properties(0).total_memory
                torch.cuda.set_per_process_memory_fraction(min(1, memory_gb * 1e9 / total))

    def autocast(self):
        return torch.autocast("cuda", self.dtype) if self.cuda else contextlib.nullcontext()

    def now(self):
        """Waits until the device has finished all queued work."""
        if self.cuda:
            torch.cuda.synchronize()
        elif self.torch.type == "mps":
            torch.mps.synchronize()
        return time.perf_counter()

    def peak_memory_mb(self):
        if self.cuda:
            return torch.cuda.max_memory_allocated() / 1e6
        kilobytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return kilobytes / 1e6 if sys.platform == "darwin" else kilobytes * 1024 / 1e6

    def peak_flops(self):
        """None for an unknown card."""
        return next((1e12 * tflops for card, tflops in PEAK_TFLOPS.items() if card in self.name.split()), None)

    def driver(self):
        if not self.cuda:
            return None
        query = ["nvidia-smi", "--query-gpu=driver_version", "--format=csv,noheader"]
        return subprocess.run(query, capture_output=True, text=True, check=True).stdout.split("\n")[0]

    def move(self, rows):
        """A batch of rows from memory, as inputs and targets."""
        tokens = torch.from_numpy(rows)
        tokens = tokens.pin_memory().to(self.torch, non_blocking=True) if self.cuda else tokens.to(self.torch)
        return tokens[:, :-1], tokens[:, 1:]

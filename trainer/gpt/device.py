"""The device of the machine, its number format, its memory and its clock.

Memory is in GiB and MiB (2^30 and 2^20 bytes) everywhere: `memoryLimitGb` of a profile, the formula of a space, the cap here and
`peakMemoryMb` of a result.
"""

import contextlib
import resource
import subprocess
import sys
import time
from pathlib import Path

import torch

PEAK_TFLOPS = {"H200": 989, "H100": 989, "A100": 312, "L40S": 362, "L4": 121, "4090": 165, "3090": 71, "A5000": 111}
"""Peak FLOPS of dense bfloat16, from the data sheets."""
GIB, MIB = 2**30, 2**20


class Device:
    def __init__(self, memory_gib=None):
        """`memory_gib` caps what the process may take of the card; what needs more is out of memory."""
        kind = "cuda" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else "cpu"
        self.torch = torch.device(kind)
        self.cuda = kind == "cuda"
        self.rank, self.world = 0, 1  # of the processes that train one model together
        self.dtype = torch.bfloat16 if self.cuda else torch.float32
        self.name = torch.cuda.get_device_name() if self.cuda else kind
        if self.cuda:
            torch.set_float32_matmul_precision("high")
            if memory_gib is not None:
                total = torch.cuda.get_device_properties(0).total_memory
                torch.cuda.set_per_process_memory_fraction(cap_share(memory_gib, total))

    def autocast(self):
        return torch.autocast("cuda", self.dtype) if self.cuda else contextlib.nullcontext()

    def now(self):
        """Waits until the device has finished all queued work."""
        if self.cuda:
            torch.cuda.synchronize()
        elif self.torch.type == "mps":
            torch.mps.synchronize()
        return time.perf_counter()

    def mark(self):
        """A moment in the queue of the device; `Moment.after` waits for it. Only CUDA goes on without waiting."""
        return CudaMoment() if self.cuda else Moment(self.now())

    def paused(self):
        """The seconds for which this process was stopped because a card was hot: bin/supervise.mjs writes them."""
        try:
            return float(Path("paused").read_text())
        except (OSError, ValueError):
            return 0.0

    def fetch(self, *values):
        """Begins to copy scalars from the device. They may be read once a later mark has been waited for."""
        if not self.cuda:
            return values
        return [torch.empty_like(v, device="cpu", pin_memory=True).copy_(v, non_blocking=True) for v in values]

    def peak_memory_mib(self):
        if self.cuda:
            return torch.cuda.max_memory_allocated() / MIB
        kilobytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return kilobytes / MIB if sys.platform == "darwin" else kilobytes * 1024 / MIB

    peak_memory_mb = peak_memory_mib  # as programs that were edited before call it

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
        tokens = torch.from_numpy(rows) if not torch.is_tensor(rows) else rows
        if self.cuda and not tokens.is_pinned():
            tokens = tokens.pin_memory()
        tokens = tokens.to(self.torch, non_blocking=self.cuda)
        return tokens[:, :-1], tokens[:, 1:]


class Moment:
    def __init__(self, at):
        self.at = at

    def after(self, earlier):
        """The seconds since an earlier moment."""
        return self.at - earlier.at


class CudaMoment:
    def __init__(self):
        self.event = torch.cuda.Event(enable_timing=True)
        self.event.record()

    def after(self, earlier):
        self.event.synchronize()
        return earlier.event.elapsed_time(self.event) / 1000


def cap_share(memory_gib, total_bytes):
    """The share of a card that a cap is; a card that is smaller is no error here: the dispatcher compares them."""
    return min(1.0, memory_gib * GIB / total_bytes)  # torch refuses the whole number 1

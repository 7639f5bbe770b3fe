"""What an exception of a training says about its configuration: out of memory, diverged, too slow, or crashed."""

from __future__ import annotations

import gc
import re
import sys
import traceback
from pathlib import Path

#: As PyTorch, CUDA, ROCm, Apple's MPS, XLA, TensorFlow and NumPy word it.
_OUT_OF_MEMORY = re.compile(
    r"out of memory|CUBLAS_STATUS_ALLOC_FAILED|CUDNN_STATUS_ALLOC_FAILED|RESOURCE_EXHAUSTED"
    r"|can't allocate memory|not enough memory|Unable to allocate",
    re.IGNORECASE,
)
_LONGEST_MESSAGE = 8000


def outcome_of(error: BaseException) -> str:
    """`oom`, `diverged`, `timeout` or `crashed`."""
    chain = _causes(error)
    if any(_is_out_of_memory(link) for link in chain):
        return "oom"
    if isinstance(error, (FloatingPointError, OverflowError)):
        return "diverged"
    if isinstance(error, TimeoutError):
        return "timeout"
    return "crashed"


def message_of(error: BaseException) -> str:
    """The end of the traceback, for people."""
    text = "".join(traceback.format_exception(type(error), error, error.__traceback__))
    return text[-_LONGEST_MESSAGE:].strip()


def free_memory(error: BaseException) -> None:
    """Lets go of what the failed training holds: the frames of its traceback, and the cache of the GPU."""
    for link in _causes(error):
        if link.__traceback__ is not None:
            traceback.clear_frames(link.__traceback__)
    gc.collect()
    torch = sys.modules.get("torch")
    if torch is not None and torch.cuda.is_available() and torch.cuda.is_initialized():
        torch.cuda.empty_cache()


def outcome_of_exit(code: int | None, kills_before: int) -> tuple[str, str]:
    """The outcome of a process that ended without telling one, and why."""
    if code == -9 and count_memory_kills() > kills_before:
        return "oom", "The process was killed because the machine was out of memory"
    if code is not None and code < 0:
        return "crashed", f"The process was ended by signal {-code}"
    return "crashed", f"The process ended with code {code}"


def count_memory_kills() -> int:
    """How many processes the kernel has killed for their memory, in this container and on this machine."""
    return sum(
        int(value)
        for path in ("/sys/fs/cgroup/memory.events", "/proc/vmstat")
        for name, value in _counters(Path(path))
        if name == "oom_kill"
    )


def _counters(path: Path) -> list[list[str]]:
    try:
        return [line.split() for line in path.read_text().splitlines()]
    except OSError:
        return []


def _is_out_of_memory(error: BaseException) -> bool:
    if isinstance(error, MemoryError):
        return True
    names = {kind.__name__ for kind in type(error).__mro__}
    if "OutOfMemoryError" in names or "ResourceExhaustedError" in names:
        return True
    return isinstance(error, RuntimeError) and _OUT_OF_MEMORY.search(str(error)) is not None


def _causes(error: BaseException) -> list[BaseException]:
    """The error and those that it was raised from."""
    found: list[BaseException] = []
    link: BaseException | None = error
    while link is not None and link not in found:
        found.append(link)
        link = link.__cause__ or link.__context__
    return found

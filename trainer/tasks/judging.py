"""What scorers share: the edited model in processes that they do not trust, and the probes that no honest model fails.

A scorer imports this, holds the targets, and never runs a line of the edited program itself:

    with Judge(weights_megabytes=500) as judge:
        for outputs, targets in judge.outputs_of_sequences(batches):
            ...
    write_score(out, value, {...})

Two processes with the same model share the batches at random. Some batches also go to the other process, changed: in
another order, some rows replaced, and the later part of each sequence replaced. A process cannot tell a change from a batch
that counts, and what it remembers of one batch helps the other process nothing. Outputs that should be equal must be.
"""

import contextlib
import fcntl
import io
import json
import math
import os
import select
import stat
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

RUNNER = Path(__file__).resolve().parent / "model_process.py"
PROBED_EACH = 2
"""Of so many batches, one after the other, one is probed, drawn at random; the first batch is always."""
TOLERANCE = 0.05
"""How much an output may change where nothing that it may depend on has: the rounding of kernels."""
SECONDS = 600
"""The longest wait for one answer; the supervisor ends the whole scorer earlier."""
HEAD_BYTES = 200
ENDING_SECONDS = 2
PIPE_BYTES = 2**20


class Judge:
    def __init__(self, weights="weights.safetensors", weights_megabytes=2000):
        self.prefix = json.loads(os.environ["CHIRON_CONFINE"])
        self.folder = Path(os.environ["CHIRON_JUDGED"])
        self.random = np.random.default_rng()  # not seeded: an edit must not know which batches are probed
        copy_result(Path(os.environ["CHIRON_WORK"]) / weights, self.folder / weights, weights_megabytes * 1e6)
        self.weights = weights
        self.cuts = np.zeros(0, int)

    def __enter__(self):
        self.models = [Model(self.prefix, self.folder, self.weights) for _ in range(2)]
        for model in self.models:
            model.receive()
        return self

    def __exit__(self, *_):
        for model in self.models:
            model.close()
        for model in self.models:
            model.end()

    def outputs_of_sequences(self, batches, width):
        """For each (inputs, targets): the outputs, (rows, length, width). No output may depend on what comes after it."""
        return self.answer(batches, lambda inputs: (*inputs.shape, width), looks_ahead=True)

    def outputs_of_rows(self, batches, width):
        """For each (inputs, targets): the outputs, (rows, width)."""
        return self.answer(batches, lambda inputs: (len(inputs), width), looks_ahead=False)

    def answer(self, batches, shape_of, looks_ahead):
        drawn = 0
        for number, (inputs, targets) in enumerate(batches):
            one, other = self.random.permutation(2)
            if number % PROBED_EACH == 0:
                drawn = number + self.random.integers(PROBED_EACH)
            probe = number in (0, drawn)
            shape = shape_of(inputs)
            changed, same = self.changed(inputs, looks_ahead) if probe else (None, None)
            self.models[one].send(inputs)
            if probe:
                self.models[other].send(changed)
            outputs = checked(self.models[one].receive(), shape)
            if probe:
                again = checked(self.models[other].receive(), shape)
                compare(outputs, again, same, looks_ahead)
            yield outputs, targets

    def changed(self, inputs, looks_ahead):
        """The same rows in another order, a quarter of them replaced, and of each the part from a place on.

        Returns them, and of each row whose outputs must stay as they were where it was, where it is, and up to which place.
        """
        order = self.random.permutation(len(inputs))
        changed = inputs[order].copy()
        kept = self.random.random(len(inputs)) < 3 / 4
        kept[self.random.integers(len(inputs))] = True
        strangers = inputs[self.random.permutation(len(inputs))]
        changed[~kept] = strangers[~kept]
        if not looks_ahead:
            return changed, [(order[row], row, None) for row in np.flatnonzero(kept)]
        length = inputs.shape[1]
        cuts = np.array([self.next_cut(length) if stays else length for stays in kept])
        later = np.arange(length) >= cuts[:, None]
        changed[later] = self.random.permuted(inputs, axis=0)[later]
        rows = np.flatnonzero(kept)
        self.differ(changed, rows, cuts[rows], inputs[order[rows], cuts[rows]])
        return changed, [(order[row], row, cuts[row]) for row in rows]

    def differ(self, changed, rows, places, before):
        """What stands first in the changed part is another token than before, or a look ahead at it would show nothing."""
        tokens = np.unique(changed)
        for row, place, token in zip(rows, places, before, strict=True):
            if changed[row, place] == token and len(tokens) > 1:
                changed[row, place] = self.random.choice(tokens[tokens != token])

    def next_cut(self, length):
        """Every place is cut once before any is cut again, so that a look ahead at a single one is found as well."""
        if len(self.cuts) == 0:
            self.cuts = self.random.permutation(np.arange(1, length))
        cut, self.cuts = self.cuts[0], self.cuts[1:]
        return cut


class Model:
    """One confined process with the edited model."""

    def __init__(self, prefix, folder, weights):
        command = [*prefix, sys.executable, str(RUNNER), weights]
        self.process = subprocess.Popen(command, cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0)
        self.answer = np.zeros(0, np.float32)
        for pipe in (self.process.stdin, self.process.stdout):
            with contextlib.suppress(OSError, AttributeError):  # only faster where the system allows it
                fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, PIPE_BYTES)

    def send(self, inputs):
        head = json.dumps({"dtype": str(inputs.dtype), "shape": inputs.shape}).encode() + b"\n"
        request = memoryview(head + np.ascontiguousarray(inputs).tobytes())
        try:
            while request:
                request = request[self.process.stdin.write(request) :]
        except BrokenPipeError:
            refuse("the model ended before it had answered", "crashed")

    def receive(self):
        """The answer, in a buffer that the next answer of the same shape overwrites."""
        shape = json.loads(self.head())["shape"]
        if not all(isinstance(n, int) and 0 <= n < 2**31 for n in shape) or math.prod(shape) * 4 > 2**34:
            refuse(f"the model answered with an array of the shape {shape}")
        if self.answer.shape != tuple(shape):
            self.answer = np.empty(shape, np.float32)
        view, filled = memoryview(self.answer.reshape(-1)).cast("B"), 0
        while filled < len(view):
            filled += self.read_into(view[filled:])
        return self.answer

    def head(self):
        line = bytearray()
        while not line.endswith(b"\n"):
            byte = bytearray(1)
            self.read_into(memoryview(byte))
            line += byte
            if len(line) > HEAD_BYTES:
                refuse("the model answered with something that is no array")
        return line

    def read_into(self, view):
        ready, _, _ = select.select([self.process.stdout], [], [], SECONDS)
        count = os.readv(self.process.stdout.fileno(), [view]) if ready else 0
        if count == 0:
            refuse("the model ended, or never answered", "crashed")
        return count

    def close(self):
        with contextlib.suppress(OSError):
            self.process.stdin.close()

    def end(self):
        try:
            self.process.wait(ENDING_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def checked(outputs, shape):
    if outputs.shape != shape:
        refuse(f"the model answered with the shape {outputs.shape}; expected {shape}")
    if not np.isfinite(outputs).all():
        refuse("the model answered with values that are not finite", "diverged")
    return outputs


def compare(expected, found, same, looks_ahead):
    """Row by row, so that each piece stays in the processor's cache."""
    moved = max(float(np.abs(expected[was, :upto] - found[now, :upto]).max()) for was, now, upto in same)
    if moved <= TOLERANCE:
        return
    where = "only later tokens, other rows or the order change" if looks_ahead else "only other rows or the order change"
    refuse(f"outputs move by {moved:.3g} when {where}: the model looks ahead, or remembers what it was asked")


def array_of_result(name, megabytes):
    """An array that the program left in a .npy file, such as predictions. It is never unpickled."""
    content = read_result(Path(os.environ["CHIRON_WORK"]) / name, megabytes * 1e6)
    try:
        return np.load(io.BytesIO(content), allow_pickle=False)
    except (ValueError, EOFError, OSError, MemoryError) as error:
        refuse(f"{name} is no array: {error}")


def copy_result(source, target, most):
    target.write_bytes(read_result(source, most))
    target.chmod(0o644)


def read_result(source, most):
    """A plain file of at most so many bytes; never what a link names."""
    try:
        descriptor = os.open(source, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        refuse(f"{source.name} cannot be read: {error.strerror}", "crashed")
    with os.fdopen(descriptor, "rb") as file:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode) or found.st_nlink > 1:
            refuse(f"{source.name} is no plain file")
        if found.st_size > most:
            refuse(f"{source.name} has {found.st_size} bytes; the task takes {most:.0f} at most")
        return file.read()


def log_likelihoods(logits, targets):
    """Of each target under the softmax of its logits, row by row: the whole need not fit a second time."""
    found = np.empty(targets.shape)
    for row in range(len(logits)):
        highest = logits[row].max(-1, keepdims=True)
        chosen = np.take_along_axis(logits[row], targets[row][..., None].astype(np.int64), -1)
        total = np.exp(logits[row] - highest).sum(-1, dtype=np.float64)
        found[row] = (chosen - highest)[..., 0] - np.log(total)
    return found


def refuse(message, outcome="invalid"):
    """Ends the scorer with an outcome that is none of a completed trial."""
    write(Path(OUT), {"outcome": outcome, "message": message}) if OUT else None
    raise SystemExit(f"{outcome}: {message}")


OUT = None


def scores_into(path):
    """Where this scorer writes its score, or why there is none."""
    global OUT
    OUT = str(path)


def write_score(value, metrics=None):
    if not math.isfinite(value):
        refuse(f"the score is {value}", "diverged")
    write(Path(OUT), {"outcome": "complete", "value": value, "metrics": metrics or {}, "phases": {"score": time.perf_counter() - BEGAN}})


BEGAN = time.perf_counter()


def write(path, result):
    part = path.with_suffix(".part")
    part.write_text(json.dumps(result, allow_nan=False) + "\n")
    os.replace(part, path)

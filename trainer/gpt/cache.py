"""Compiled graphs that trials share.

    python cache.py fill --data DATA --cache FOLDER      compiles the default configuration and times attention on this card
    python cache.py list --cache FOLDER                  what it holds

A trial reads the folder and never writes to it. What it compiled it leaves in its own folder, in compiled/: the artifacts of
torch.compile, and beside them a key with their digest. `merge` adds them to the shared folder. It is called by evaluate.py, which
runs after a trial that was complete and only where no program was edited, and it compares the key: the code must be the trainer's own,
and torch, its compiler and the card those of this process. So an edited program may use the graphs of others and leave none.

Artifacts are code that others will run: nothing but `merge` may write to the shared folder.
"""

import argparse
import hashlib
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
CODE = ("attention.py", "device.py", "distributed.py", "model.py", "optimizer.py", "train.py", "evaluate.py")
LEFT, COMPILING = "compiled", "compiling"
"""Folders of a trial: what it leaves for others, and where it compiles."""
ATTENTION = "attention.json"
MOST_BYTES = 2**30
VARIABLE = "CHIRON_COMPILE_CACHE"
"""Names the shared folder where no argument does, so that programs which know no such argument run as well."""


class Cache:
    """The shared folder as one process sees it.

    `state` is off, hit, other (graphs of other code, of which some may fit), miss, or that this torch shares none.
    """

    def __init__(self, shared, use, shape):
        """`use` is train or evaluate, `shape` what the graphs depend on."""
        self.shared = None if shared is None else Path(shared).resolve()
        self.parts = {**versions(), "code": code_digest(HERE), "use": use, "shape": shape}
        self.state, self.own = "off", None

    def open(self):
        """Loads what is there. Compiles into a folder of this process, so that nothing else gets in or out."""
        if self.shared is None:
            return
        import torch

        if not hasattr(torch.compiler, "save_cache_artifacts"):
            self.state = f"none: torch {torch.__version__} shares no graphs, 2.7 does"
            return
        self.own = str(Path.cwd() / COMPILING)
        os.environ["TORCHINDUCTOR_CACHE_DIR"], os.environ["TRITON_CACHE_DIR"] = self.own, str(Path(self.own) / "triton")
        self.state, content = find_entry(self.shared, self.parts)
        if content is not None:
            torch.compiler.load_cache_artifacts(content)

    def leave(self, folder=Path(LEFT)):
        """Leaves what was compiled, where it was not there before."""
        if self.own is None:
            return
        import torch

        saved = torch.compiler.save_cache_artifacts() if self.state != "hit" else None
        if saved is not None:
            write_entry(folder, self.parts, saved[0])
        shutil.rmtree(self.own, ignore_errors=True)


def versions():
    import torch

    card = None
    if torch.cuda.is_available():
        card = [torch.cuda.get_device_name(), *torch.cuda.get_device_capability()]
    try:
        import triton

        compiler = triton.__version__
    except ImportError:
        compiler = None
    return {
        "torch": torch.__version__,
        "cuda": torch.version.cuda,
        "triton": compiler,
        "python": platform.python_version(),
        "machine": platform.machine(),
        "card": card,
    }


def code_digest(folder):
    digest = hashlib.sha256()
    for name in CODE:
        path = folder / name
        digest.update(name.encode() + b"\0" + (path.read_bytes() if path.is_file() else b"") + b"\0")
    return digest.hexdigest()


def key_of(parts):
    """Versions, card, use and shape, then the code: programs of other code find what may fit them by the first half."""
    rest = {name: value for name, value in parts.items() if name != "code"}
    return f"{hashlib.sha256(json.dumps(rest, sort_keys=True).encode()).hexdigest()[:32]}-{parts['code'][:16]}"


def find_entry(folder, parts):
    key = key_of(parts)
    content = read_entry(folder, key)
    if content is not None:
        return "hit", content
    others = sorted(folder.glob(f"{key.split('-')[0]}-*.bin"), key=lambda path: path.stat().st_mtime)
    content = read_entry(folder, others[-1].stem) if others else None
    return ("miss" if content is None else "other"), content


def read_entry(folder, key):
    """The artifacts of a key; None where they are missing or are not those of their digest."""
    content = read_plain(folder / f"{key}.bin")
    about = read_json(folder / f"{key}.json")
    return content if content is not None and about.get("sha256") == hashlib.sha256(content).hexdigest() else None


def write_entry(folder, parts, content):
    folder.mkdir(parents=True, exist_ok=True)
    key = key_of(parts)
    write(folder / f"{key}.bin", content)
    about = {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content), "parts": parts}
    write(folder / f"{key}.json", json.dumps(about, indent=2).encode())


def write(path, content):
    """Whole or not at all; two that write the same key at once leave one of both."""
    descriptor, part = tempfile.mkstemp(dir=path.parent)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
    os.chmod(part, 0o644)
    os.replace(part, path)


def merge(shared, left, code=HERE):
    """Adds what a trial left, where its key is one that this process would make. Returns what was added."""
    shared, left = Path(shared), Path(left)
    ours = {**versions(), "code": code_digest(HERE)}
    if not left.is_dir() or code_digest(Path(code)) != ours["code"]:
        return []
    added = []
    for path in sorted(left.glob("*.json")):
        parts = read_json(path).get("parts", {})
        if path.name == ATTENTION:
            added += merge_attention(shared, path)
        elif {name: parts.get(name) for name in ours} == ours and key_of(parts) == path.stem:
            content = read_entry(left, path.stem)
            if content is not None and read_entry(shared, path.stem) is None:
                write_entry(shared, parts, content)
                added.append(path.stem)
    return added


def read_plain(path):
    """A plain file that is not too large; never what a link names."""
    if path.is_symlink() or not path.is_file() or path.stat().st_size > MOST_BYTES:
        return None
    return path.read_bytes()


def read_json(path):
    try:
        found = json.loads(read_plain(path) or b"{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


# The times of attention's kernels, by card and versions.


def machine_key():
    parts = {**versions(), "code": hashlib.sha256((HERE / "attention.py").read_bytes()).hexdigest()}
    return key_of(parts)


def measured_attention(shared):
    """What was timed on this card with these versions; nothing where nothing was."""
    return {} if shared is None else read_json(Path(shared) / ATTENTION).get(machine_key(), {})


def leave_attention(times, folder=Path(LEFT)):
    folder.mkdir(parents=True, exist_ok=True)
    write(folder / ATTENTION, json.dumps({machine_key(): times}, indent=2).encode())


def merge_attention(shared, path):
    """Only times under the key of this machine are taken. They name kernels of attention.py and run nothing."""
    found = read_json(path).get(machine_key())
    if not isinstance(found, dict):
        return []
    shared.mkdir(parents=True, exist_ok=True)
    known = read_json(shared / ATTENTION)
    known[machine_key()] = {**known.get(machine_key(), {}), **found}
    write(shared / ATTENTION, json.dumps(known, indent=2).encode())
    return [ATTENTION]


def main():
    parser = argparse.ArgumentParser(description="Compiled graphs that trials share.")
    parser.add_argument("verb", choices=("fill", "list"))
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--params", type=Path, help="JSON: another configuration than the default one")
    arguments = parser.parse_args()
    if arguments.verb == "list":
        for path in sorted(arguments.cache.glob("*.json")):
            print(path.name, path.stat().st_size)
        return
    if arguments.data is None:
        parser.error("fill needs --data")
    print(f"added {', '.join(fill(arguments.data, arguments.cache, arguments.params)) or 'nothing'}")


def fill(data, cache, params=None):
    """Trains for a moment and evaluates once, as a trial does; and times attention for the head dimensions of the space."""
    import torch

    if not torch.cuda.is_available():
        print("there is no CUDA device here: nothing is compiled")
        return []
    with tempfile.TemporaryDirectory() as folder:
        left = Path(folder) / LEFT
        leave_attention(time_attention(), left)
        merge(cache, left)
        own = [] if params is None else ["--params", str(params.resolve())]
        common = ["--data", str(data.resolve()), "--cache", str(cache.resolve())]
        run = lambda script, *more: subprocess.run([sys.executable, str(HERE / script), *common, *more], cwd=folder, check=True)  # noqa: E731
        run("train.py", "--seconds", "0.001", *own)
        run("evaluate.py", "--checkpoint", "weights.safetensors", "--out", "evaluation.json", "--tokens", "1")
        return [path.stem for path in cache.glob("*.bin")]


def time_attention(head_dims=(64, 128, 256), length=2048):
    import torch

    import attention

    device = torch.device("cuda")
    return {
        f"{head_dim}/{window}/{length}": attention.measure(length, window, head_dim, device, torch.bfloat16)
        for head_dim in head_dims
        for window in (length // 2, length)
    }


if __name__ == "__main__":
    main()

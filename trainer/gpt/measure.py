"""Measures the trainer on this machine's card in one command, within eight minutes and without a network.

    python trainer/gpt/measure.py [--data DATA] [--out bench/results] [--parts default,memory] [--profile gpt-h200]
    python trainer/gpt/measure.py --dry-run        the memory of sixteen configurations without a card, by counting (memory.py)
    python trainer/gpt/measure.py --rehearse       the whole script at tiny sizes, on a processor: its figures mean nothing

Without --data the texts are those of the interpreter's own packages. Every kernel of attention is held to the masked reference before
anything is timed, and one that differs is not used. Each part has its share of the time; what does not get its turn is listed as such.
It writes gpt-<card>-<date>.json, and a page of the same name with the published figures beside the measured ones.
"""

import argparse
import contextlib
import datetime
import json
import os
import re
import subprocess
import sys
import sysconfig
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

HERE = Path(__file__).resolve().parent
BEGAN = time.monotonic()
SECONDS = 455
"""All of it, with a margin to eight minutes. A part that would end later is not begun."""

PUBLISHED = {
    "source": "1 083 published runs of autoresearch's train.py on an H200 (arXiv 2603.24647), default configuration",
    "peakGib": 44.0,
    "tokensPerSecond": 1.748e6,
    "aroundSeconds": 22,
}
EARLIER = {
    "source": "this trainer's network with the loss in the compiled graph, one H200, torch 2.11, CUDA 13, 2026-11; texts of Python packages",
    "default": {"peakGib": 44.15, "tokensPerSecond": 1.566e6, "mfuPercent": 37.9},
    "long windows": {"tokensPerSecond": 1.623e6, "mfuPercent": 45.4},
    "depth 12": {"peakGib": 48.14, "tokensPerSecond": 0.625e6, "mfuPercent": 43.6},
    "aroundSeconds": {"startup": 9, "first step, cold": 50, "first step, warm": 5.7, "evaluation": 35},
}
WANTED = {
    "default": {"tokensPerSecond": 1.75e6, "peakGib": 44.5, "mfuPercent": 42},
    "depth 12": {"mfuPercent": 45},
    "around, shape not seen before": 40,
    "around, shape seen before": 20,
    "largest error of the memory formula": 0.03,
}

BASES = {"gpt-h200": {}, "gpt-24gb": {"DEPTH": 6, "HEAD_DIM": 64, "DEVICE_BATCH_SIZE": 16, "TOTAL_BATCH_SIZE": 131072}}
LARGER = {"gpt-h200": {"DEPTH": 12, "DEVICE_BATCH_SIZE": 64}, "gpt-24gb": {"DEPTH": 10, "DEVICE_BATCH_SIZE": 8}}
TOO_LARGE = {"DEPTH": 24, "ASPECT_RATIO": 128, "DEVICE_BATCH_SIZE": 256, "TOTAL_BATCH_SIZE": 1048576}
CORNERS = [
    # DEPTH, ASPECT_RATIO, HEAD_DIM, DEVICE_BATCH_SIZE, WINDOW_PATTERN
    (8, 64, 128, 128, "SSSL"),
    (12, 64, 128, 64, "SSSL"),
    (8, 64, 128, 128, "LLLL"),
    (4, 32, 64, 32, "SSSL"),
    (4, 32, 128, 256, "SSSS"),
    (4, 128, 256, 32, "LSSL"),
    (4, 128, 64, 256, "SSLL"),
    (4, 64, 128, 256, "SLSL"),
    (24, 32, 64, 32, "SSSL"),
    (24, 64, 128, 16, "SSSL"),
    (24, 32, 256, 32, "LLLL"),
    (16, 48, 256, 64, "SSSS"),
    (16, 32, 64, 64, "SLSL"),
    (12, 128, 128, 32, "SSLL"),
    (10, 100, 128, 64, "LSSL"),
    (6, 96, 64, 128, "SSSL"),
]
TINY = {"DEPTH": 2, "ASPECT_RATIO": 16, "HEAD_DIM": 16, "SEQUENCE_LENGTH": 64, "DEVICE_BATCH_SIZE": 4, "TOTAL_BATCH_SIZE": 512}


def main():
    arguments = parse()
    if arguments.dry_run:
        return write(arguments, "gpt-dry-run", dry_run(), dry_page)
    import torch

    cuda = torch.cuda.is_available()
    if not cuda and not arguments.rehearse:
        raise SystemExit("there is no CUDA device here, so nothing can be timed: --dry-run counts memory, --rehearse tries the script")
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(arguments, Path(folder), cuda)
        for name in PARTS if arguments.parts is None else arguments.parts.split(","):
            bench.part(name, PARTS[name])
        report = {**head(arguments), **machine(cuda), "parts": bench.found, "published": PUBLISHED, "earlier": EARLIER, "wanted": WANTED}
    name = "rehearsal" if arguments.rehearse else re.sub(r"\W+", "-", report["card"].removeprefix("NVIDIA ").lower())
    write(arguments, f"gpt-{name}-{report['date']}", report, page)
    failed = [name for name, found in bench.found.items() if "failed" in found]
    if failed:
        raise SystemExit(f"failed: {', '.join(failed)}")


def parse():
    parser = argparse.ArgumentParser(description="Measures the trainer on this machine's card.")
    parser.add_argument("--data", type=Path, help="what prepare.py made; by default it is made of the interpreter's packages")
    parser.add_argument("--profile", choices=BASES, default="gpt-h200")
    parser.add_argument("--out", type=Path, default=HERE.parents[1] / "bench" / "results")
    parser.add_argument("--parts", help=f"some of {','.join(PARTS)}, in this order")
    parser.add_argument("--seconds", type=float, default=SECONDS, help="for all of it")
    parser.add_argument("--dry-run", action="store_true")
    parser.add_argument("--rehearse", action="store_true")
    arguments = parser.parse_args()
    unknown = set((arguments.parts or "data").split(",")) - set(PARTS)
    if unknown:
        parser.error(f"--parts: {', '.join(sorted(unknown))}: expected some of {', '.join(PARTS)}")
    return arguments


def head(arguments):
    shown = [a for a in sys.argv[1:] if "/" not in a]
    return {"date": datetime.date.today().isoformat(), "command": " ".join(["python", "trainer/gpt/measure.py", *shown])}


def machine(cuda):
    import torch

    found = {"card": "CPU", "torch": torch.__version__, "cuda": torch.version.cuda, "cores": os.cpu_count()}
    if not cuda:
        return found
    properties = torch.cuda.get_device_properties(0)
    query = ["nvidia-smi", "--query-gpu=driver_version,clocks.max.sm,power.limit", "--format=csv,noheader"]
    said = subprocess.run(query, capture_output=True, text=True).stdout.strip().split("\n")[0]
    return {**found, "card": properties.name, "cardGib": properties.total_memory / 2**30, "driverClockPower": said}


class Bench:
    """Runs the parts one after the other; each is a function of it that returns what it found."""

    def __init__(self, arguments, folder, cuda):
        self.folder, self.cuda, self.rehearse = folder, cuda, arguments.rehearse
        self.data = arguments.data and arguments.data.resolve()
        self.cache = folder / "compiled"
        self.until = BEGAN + arguments.seconds
        self.limit = json.loads((HERE.parent / "profiles" / f"{arguments.profile}.json").read_text())["memoryLimitGb"]
        self.base, self.larger = (TINY, {**TINY, "DEPTH": 3}) if self.rehearse else (BASES[arguments.profile], LARGER[arguments.profile])
        self.found = {}

    def part(self, name, part):
        least, run = part
        left = self.until - time.monotonic()
        if left < least and not self.rehearse:
            self.found[name] = {"notReached": f"{left:.0f} s were left, {least} s are needed"}
        else:
            began = time.monotonic()
            try:
                self.found[name] = run(self)
            except Exception as error:  # the other parts are worth having
                self.found[name] = {"failed": f"{type(error).__name__}: {error}"[:2000]}
            self.found[name]["seconds"] = round(time.monotonic() - began, 1)
        print(name, json.dumps(self.found[name]), flush=True)

    def left(self):
        return max(5, self.until - time.monotonic())

    def python(self, script, *words, cwd=None, check=True):
        command = [sys.executable, str(HERE / script), *map(str, words)]
        done = subprocess.run(command, cwd=cwd or self.folder, capture_output=True, text=True, timeout=self.left())
        if check and done.returncode:
            raise RuntimeError(f"{script}: {(done.stderr or done.stdout)[-1500:]}")
        return done

    def train(self, name, params, seconds, *more, cache=True):
        """A trial in a folder of its own: its result, and where it is."""
        work = self.folder / name.replace(" ", "-")
        work.mkdir()
        (work / "params.json").write_text(json.dumps(params))
        words = ["--data", self.data, "--params", "params.json", "--seconds", 0.3 if self.rehearse else seconds]
        if cache:
            words += ["--cache", self.cache]
        began = time.monotonic()
        done = self.python("train.py", *words, "--memory-gib", self.limit, *more, cwd=work, check=False)
        try:
            result = json.loads((work / "result.json").read_text())
        except FileNotFoundError:
            raise RuntimeError(done.stderr[-1500:]) from None
        result["processSeconds"] = round(time.monotonic() - began, 2)
        return summary(params, result), work

    def evaluate(self, work, *more):
        """The whole validation set as in a trial; what the trial compiled is added to the shared graphs."""
        tokens = 2048 if self.rehearse else 40 * 524288
        words = ["--data", self.data, "--checkpoint", "weights.safetensors", "--out", "evaluation.json", "--tokens", tokens]
        began = time.monotonic()
        self.python("evaluate.py", *words, "--cache", self.cache, *more, cwd=work)
        return {**json.loads((work / "evaluation.json").read_text()), "processSeconds": round(time.monotonic() - began, 2)}


def summary(params, result):
    found = {"params": params, "outcome": result["outcome"]}
    if "message" in result:
        found["message"] = result["message"][:500]
    if result["outcome"] == "complete":
        found.update(
            tokensPerSecond=round(result["tokensPerSecond"]),
            peakGib=round(result["peakMemoryMb"] / 1024, 3),
            mfuPercent=result["metrics"]["mfuPercent"],
            phases=result["phases"],
            steps=result["metrics"]["steps"],
            ran={name: result["hardware"][name] for name in ("attention", "compiled", "cache")},
        )
    return {**found, "processSeconds": result.get("processSeconds")}


# The parts, in the order of what is wanted most.


def prepare(bench):
    """Texts of the interpreter and its packages."""
    if bench.data is not None:
        return {"given": True}
    bench.data = bench.folder / "data"
    source = Path(sysconfig.get_path("stdlib")) / "json" if bench.rehearse else Path(sysconfig.get_path("purelib"))
    words = ["--vocabulary", 300 if bench.rehearse else 8192, "--megabytes", 60]
    done = bench.python("prepare.py", "--out", bench.data, "--source", source, *words)
    return {"said": done.stdout.strip().split("\n")[-1]}


def kernels(bench):
    """Every kernel against the masked reference, forward and backward, then its time; what differs or fails is not used."""
    import torch

    import attention
    import cache

    device = torch.device("cuda" if bench.cuda else "cpu")
    dtype = torch.bfloat16 if bench.cuda else torch.float32
    length, head_dims = (64, (16,)) if bench.rehearse else (2048, (128, 64, 256))
    until = time.monotonic() + 100
    times = {}
    for head_dim in head_dims:
        for window in (length // 2, length):
            names = attention.TIMED["whole" if window >= length else "window"]
            if bench.rehearse:
                names = [name for name in names if not name.startswith("flex")] + ["masked"]
            rows = times[f"{head_dim}/{window}/{length}"] = {}
            for name in names:
                late = time.monotonic() > until or bench.left() < 200
                late = late and not bench.rehearse
                rows[name] = {"cannot": "not reached"} if late else attention.measure_one(name, length, window, head_dim, device, dtype)
    if bench.cuda:
        cache.leave_attention(times, bench.folder / "attention")
        cache.merge(bench.cache, bench.folder / "attention")
    return {"times": times, "tolerance": attention.TOLERANCE[dtype]}


def default(bench):
    """The default configuration with nothing compiled before, evaluated, and again with its graphs there."""
    cold, work = bench.train("cold", bench.base, 15)
    evaluated = bench.evaluate(work)
    warm, _ = bench.train("warm", bench.base, 5)
    return {"cold": cold, "evaluation": evaluated, "warm": warm, "around": around(cold, warm, evaluated)}


def around(cold, warm, evaluated):
    """The seconds of a trial beside its counted training, from start to score."""
    beside = {
        name: run["processSeconds"] - run["phases"]["train"] + evaluated["processSeconds"]
        for name, run in (("cold", cold), ("warm", warm))
        if run["outcome"] == "complete"
    }
    return beside


def long_windows(bench):
    return bench.train("long", {**bench.base, "WINDOW_PATTERN": "LLLL"}, 8)[0]


def larger(bench):
    return bench.train("larger", bench.larger, 8)[0]


def by_block(bench):
    """Compiled block by block, without the shared graphs: how much sooner it starts, and what its steps cost."""
    return bench.train("block", bench.base, 5, "--compile", "none" if bench.rehearse else "block", cache=False)[0]


def cuda_graphs(bench):
    return bench.train("graphs", bench.base, 5, *(() if bench.rehearse else ("--graphs",)), cache=False)[0]


def too_large(bench):
    """What cannot fit under the cap must be told as out of memory."""
    if bench.rehearse:
        return {"left out": "a processor has no cap"}
    found, _ = bench.train("too-large", TOO_LARGE, 5, "--compile", "none", cache=False)
    if found["outcome"] != "oom":
        raise RuntimeError(f"told as {found['outcome']}: {found.get('message')}")
    return found


def corners(bench):
    """The memory of configurations from all corners, several at once as far as the card holds them: they are not timed."""
    from memory import formula_gib

    wanted = [TINY] if bench.rehearse else [knobs_of(corner) for corner in CORNERS]
    smallest = sorted(wanted, key=lambda params: formula_gib(full(params)))
    room = Room(card_gib())
    with ThreadPoolExecutor(max(1, (os.cpu_count() or 4) // 4)) as pool:
        rows = list(pool.map(lambda at: corner(bench, room, at, smallest[at]), range(len(smallest))))
    errors = [abs(row["error"]) for row in rows if "error" in row]
    return {"rows": rows, "largestError": max(errors, default=None), "measured": len(errors)}


def card_gib():
    import torch

    return torch.cuda.get_device_properties(0).total_memory / 2**30 if torch.cuda.is_available() else 8


class Room:
    """The memory of the card, of which each process takes a part while it runs. One always fits."""

    def __init__(self, gib):
        self.gib, self.taken, self.change = gib, 0, threading.Condition()

    @contextlib.contextmanager
    def take(self, gib):
        with self.change:
            self.change.wait_for(lambda: self.taken == 0 or self.taken + gib <= self.gib)
            self.taken += gib
        try:
            yield
        finally:
            with self.change:
                self.taken -= gib
                self.change.notify_all()


def corner(bench, room, at, params):
    from memory import formula_gib

    expected = formula_gib(full(params))
    row = {"params": params, "formulaGib": round(expected, 3)}
    try:
        with room.take(1.1 * expected + 1):
            if bench.left() < 60 and not bench.rehearse:
                return {**row, "notReached": True}
            found, _ = bench.train(f"corner-{at}", params, 0.001, cache=False)
    except (RuntimeError, subprocess.TimeoutExpired) as error:
        return {**row, "failed": str(error)[:300]}
    if found["outcome"] != "complete":
        return {**row, "outcome": found["outcome"], "message": found.get("message")}
    return {**row, "peakGib": found["peakGib"], "error": round(found["peakGib"] / expected - 1, 4)}


PARTS = {
    "data": (0, prepare),
    "attention": (60, kernels),
    "default": (110, default),
    "long windows": (50, long_windows),
    "depth 12": (60, larger),
    "memory": (60, corners),
    "by block": (40, by_block),
    "cuda graphs": (40, cuda_graphs),
    "too large": (20, too_large),
}


def knobs_of(corner):
    depth, aspect, head_dim, rows, windows = corner
    tokens = 2 * rows * 2048
    return {"DEPTH": depth, "ASPECT_RATIO": aspect, "HEAD_DIM": head_dim, "DEVICE_BATCH_SIZE": rows, "TOTAL_BATCH_SIZE": tokens, "WINDOW_PATTERN": windows}


def full(params):
    import train

    return {**train.KNOBS, **params}


def dry_run():
    """The corners by memory.py, beside the published formula and what a card has measured."""
    import train
    from memory import formula_gib, peak_gib

    rows = []
    for params in map(knobs_of, CORNERS):
        knobs = full(params)
        peak, made_of = peak_gib(train.shape(knobs, 8192), knobs["DEVICE_BATCH_SIZE"], pieces=2)
        expected = formula_gib(knobs)
        made_of = {name: round(value, 3) for name, value in made_of.items()}
        rows.append({"params": params, "countedGib": round(peak, 3), "formulaGib": round(expected, 3), "error": round(peak / expected - 1, 4), **made_of})
        print(json.dumps(rows[-1]), flush=True)
    import torch

    measured = [{"params": {"DEPTH": 8, "DEVICE_BATCH_SIZE": 128}, "peakGib": 44.15}, {"params": {"DEPTH": 12, "DEVICE_BATCH_SIZE": 64}, "peakGib": 48.14}]
    return {
        "what": "a dry run: allocations counted on fake tensors, with no card",
        "date": datetime.date.today().isoformat(),
        "command": "python trainer/gpt/measure.py --dry-run",
        "torch": torch.__version__,
        "rows": rows,
        "largestError": max(abs(row["error"]) for row in rows),
        "measured": {"source": EARLIER["source"], "rows": measured},
    }


def write(arguments, name, report, page_of):
    arguments.out.mkdir(parents=True, exist_ok=True)
    (arguments.out / f"{name}.json").write_text(json.dumps(report, indent=2) + "\n")
    (arguments.out / f"{name}.md").write_text(page_of(report))
    print(f"wrote {name}.json and {name}.md")


# Pages.


def dry_page(report):
    rows = [
        [*corner_cells(row["params"]), f"{row['formulaGib']:.2f}", f"{row['countedGib']:.2f}", f"{100 * row['error']:+.1f} %"]
        for row in report["rows"]
    ]
    cards = [[*corner_cells({**full({}), **row["params"]}), f"{row['peakGib']:.2f}"] for row in report["measured"]["rows"]]
    return "\n\n".join(
        [
            "# Memory of a step of the GPT trainer, by a dry run",
            f"`{report['command']}`, torch {report['torch']}, {report['date']}. **No card was used**: memory.py traces the compiled step on fake "
            "tensors and counts what it stores. Formula: the published one, of the search space. GiB.",
            table(["depth", "aspect", "head", "rows", "windows", "formula", "counted", "difference"], rows),
            f"The largest difference is {100 * report['largestError']:.1f} %.",
            "What a card has measured of these (" + report["measured"]["source"] + "):",
            table(["depth", "aspect", "head", "rows", "windows", "measured"], cards),
        ]
    ) + "\n"


def corner_cells(params):
    return [params[name] for name in ("DEPTH", "ASPECT_RATIO", "HEAD_DIM", "DEVICE_BATCH_SIZE", "WINDOW_PATTERN")]


def page(report):
    parts = report["parts"]
    title = "Rehearsal of measure.py: its figures mean nothing" if report["card"] == "CPU" else f"The GPT trainer on one {report['card']}"
    blocks = [
        f"# {title}",
        f"`{report['command']}`, torch {report['torch']}, CUDA {report['cuda']}, {report['date']}.",
        table(["", "measured", "wanted", "published reference", "this trainer before"], speeds(parts)),
        f"Published reference: {PUBLISHED['source']}. Before: {EARLIER['source']}.",
        *attention_blocks(parts.get("attention", {})),
        *memory_blocks(parts.get("memory", {})),
        "## All parts",
        table(["part", "seconds", "outcome"], [[name, found.get("seconds", "–"), outcome_of(found)] for name, found in parts.items()]),
    ]
    return "\n\n".join(blocks) + "\n"


def speeds(parts):
    cold, warm = (parts.get("default", {}).get(name, {}) for name in ("cold", "warm"))
    beside = parts.get("default", {}).get("around", {})
    longest, larger_one = parts.get("long windows", {}), parts.get("depth 12", {})
    before = EARLIER
    return [
        ["default: M tokens/s", millions(cold), "≥ 1.75", "1.748", millions(before["default"])],
        ["default: GiB", shown(cold.get("peakGib"), 2), "≤ 44.5", "44.0", "44.15"],
        ["default: MFU", shown(cold.get("mfuPercent"), 1), "≥ 42", "–", "37.9"],
        ["default, graphs there: M tokens/s", millions(warm), "", "", ""],
        ["LLLL: M tokens/s", millions(longest), "≤ the default", "–", millions(before["long windows"])],
        ["LLLL: MFU", shown(longest.get("mfuPercent"), 1), "", "–", "45.4"],
        ["DEPTH 12: M tokens/s", millions(larger_one), "", "–", millions(before["depth 12"])],
        ["DEPTH 12: MFU", shown(larger_one.get("mfuPercent"), 1), "≥ 45", "–", "43.6"],
        ["around the training, shape not seen, s", shown(beside.get("cold"), 1), "≤ 40", "22", "94"],
        ["around the training, shape seen, s", shown(beside.get("warm"), 1), "≤ 20", "22", "50"],
        ["warm-up by block, nothing compiled, s", shown(parts.get("by block", {}).get("phases", {}).get("warmup"), 1), "", "", ""],
        ["by block: M tokens/s", millions(parts.get("by block", {})), "", "", ""],
        ["CUDA graphs: M tokens/s", millions(parts.get("cuda graphs", {})), "", "", ""],
    ]


def attention_blocks(found):
    if "times" not in found:
        return []
    rows = []
    for shape, kernels_of in found["times"].items():
        for name, one in kernels_of.items():
            error = max(one["errors"].values()) if "errors" in one else None
            rows.append([shape, name, shown(one.get("milliseconds"), 3), "–" if error is None else f"{error:.1e}", one.get("cannot", "")])
    heading = "## Attention: head dimension / window / length, milliseconds forward and backward, largest error beside the reference"
    return [heading, table(["shape", "kernel", "ms", "error", "cannot run because"], rows)]


def memory_blocks(found):
    if "rows" not in found:
        return []
    rows = [
        [
            *corner_cells({**full({}), **row["params"]}),
            shown(row["formulaGib"], 2),
            shown(row.get("peakGib"), 2),
            f"{100 * row['error']:+.1f} %" if "error" in row else row.get("outcome", "not reached"),
        ]
        for row in found["rows"]
    ]
    return ["## Memory beside the published formula, GiB", table(["depth", "aspect", "head", "rows", "windows", "formula", "measured", "difference"], rows)]


def outcome_of(found):
    return found.get("failed") or found.get("notReached") or found.get("outcome") or "done"


def millions(run):
    return f"{run['tokensPerSecond'] / 1e6:.3f}" if "tokensPerSecond" in run else "–"


def shown(value, digits):
    return "–" if value is None else f"{value:.{digits}f}"


def table(names, rows):
    lines = [names, ["---"] * len(names), *rows]
    return "\n".join("| " + " | ".join(str(cell).replace("|", "/").replace("\n", " ") for cell in line) + " |" for line in lines)


if __name__ == "__main__":
    main()

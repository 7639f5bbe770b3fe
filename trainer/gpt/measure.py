"""Measures the trainer on this machine's card: speed, memory against the formula of the search space, and the cap.

    python measure.py --data DATA [--seconds 60] [--profile gpt-h200] [--out ../../bench/results]

Runs the default configuration at full size for a short budget, a few others for their memory, and one that cannot fit under
the cap, which must be told as out of memory. Writes a dated JSON file. It needs a CUDA device, and says so where there is none.
"""

import argparse
import datetime
import json
import math
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
DEFAULTS = {"gpt-h200": {}, "gpt-24gb": {"DEPTH": 6, "HEAD_DIM": 64, "DEVICE_BATCH_SIZE": 16, "TOTAL_BATCH_SIZE": 131072}}
OTHERS = {
    "gpt-h200": [{"DEPTH": 4}, {"DEPTH": 12, "DEVICE_BATCH_SIZE": 64}, {"WINDOW_PATTERN": "LLLL", "DEVICE_BATCH_SIZE": 64}],
    "gpt-24gb": [{"DEPTH": 4}, {"DEPTH": 10, "DEVICE_BATCH_SIZE": 8}],
}
TOO_LARGE = {"DEPTH": 24, "ASPECT_RATIO": 128, "DEVICE_BATCH_SIZE": 256, "TOTAL_BATCH_SIZE": 1048576}


def main():
    import torch

    parser = argparse.ArgumentParser(description="Measures the trainer on this machine's card.")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--profile", choices=DEFAULTS, default="gpt-h200")
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--out", type=Path, default=HERE.parents[1] / "bench" / "results")
    arguments = parser.parse_args()
    if not torch.cuda.is_available():
        raise SystemExit("there is no CUDA device here: nothing was measured")
    profile = json.loads((HERE.parent / "profiles" / f"{arguments.profile}.json").read_text())
    base = DEFAULTS[arguments.profile]
    runs = [
        run({**base, **changed}, arguments.data, seconds, profile["memoryLimitGb"])
        for changed, seconds in [({}, arguments.seconds), *((other, 5) for other in OTHERS[arguments.profile]), (TOO_LARGE, 5)]
    ]
    report = {
        "date": datetime.date.today().isoformat(),
        "command": " ".join(["python", "trainer/gpt/measure.py", *sys.argv[1:]]),
        "profile": arguments.profile,
        "card": torch.cuda.get_device_name(),
        "torch": torch.__version__,
        "runs": runs,
    }
    path = arguments.out / f"{arguments.profile}-{report['date']}.json"
    path.write_text(json.dumps(report, indent=2) + "\n")
    for done in runs:
        print(json.dumps(done))
    if runs[0]["outcome"] != "complete" or runs[-1]["outcome"] != "oom":
        raise SystemExit("the default must complete, and what cannot fit must be told as oom")


def run(params, data, seconds, limit):
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "params.json").write_text(json.dumps(params))
        command = [sys.executable, str(HERE / "train.py"), "--data", str(data.resolve()), "--params", "params.json"]
        command += ["--seconds", str(seconds), "--memory-gb", str(limit)]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
        try:
            result = json.loads((Path(folder) / "result.json").read_text())
        except FileNotFoundError:
            result = {"outcome": "crashed", "message": done.stderr[-2000:]}
    kept = ("outcome", "message", "tokensPerSecond", "peakMemoryMb", "phases", "metrics", "hardware")
    return {"params": params, "expectedGb": expected_gb(params), **{name: result[name] for name in kept if name in result}}


def expected_gb(params):
    """The memory formula of search-spaces/autoresearch-14.json."""
    import train

    knobs = {**train.KNOBS, **params}
    depth, batch = knobs["DEPTH"], knobs["DEVICE_BATCH_SIZE"]
    dim = math.ceil(depth * knobs["ASPECT_RATIO"] / knobs["HEAD_DIM"]) * knobs["HEAD_DIM"]
    count = 12 * depth * dim**2 + 16384 * dim + math.ceil(depth / 2) * 8192 * dim
    return -0.03 + 0.0325 * batch + 0.0742 * batch * depth * dim / 1000 + 0.0124 * count / 1e6 + 0.0043 * batch * dim / 1000


if __name__ == "__main__":
    main()

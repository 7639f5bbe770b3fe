"""Prints the loss of each of the first steps of train.py, by a clock that counts steps; by torchrun in several processes.

    python curve.py DATA PARAMS STEPS
"""

import os
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "trainer" / "gpt"))

import train  # noqa: E402

data, params, steps = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
losses = []
train.Reporter.maybe = lambda reporter, counted, loss, *more: losses.append(loss)
train.Clock.expected = lambda clock: clock.steps / steps
sys.argv = ["train.py", "--data", str(data), "--params", str(params), "--seconds", "1"]
with tempfile.TemporaryDirectory() as folder:
    os.chdir(folder)
    train.main()
for loss in losses:
    print("loss", loss)

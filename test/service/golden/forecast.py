"""What NumPy says of optimizers/schedulers/forecast.ts: writes forecast.json beside this file.

    python3 -m venv .venv && .venv/bin/pip install numpy==2.4.6 scipy==1.17.1
    .venv/bin/python test/service/golden/forecast.py

The line is solved for as a dense system, its two coefficients together, with a prior on the slope alone.
"""

import json
import pathlib

import numpy as np
from scipy.stats import norm

SLOPE_SD = 0.5


def forecast(reported, final, sds, at):
    near = np.argsort(np.abs(reported - at), kind="stable")[: max(20, int(np.ceil(0.25 * len(final))))]
    x, y = reported[near], final[near]
    design = np.column_stack([np.ones_like(x), x])
    least, *_ = np.linalg.lstsq(design, y, rcond=None)
    free = len(y) - 2
    unsure = np.mean(sds[near] ** 2)
    rough = np.sum((y - design @ least) ** 2) / free + unsure
    # Ridge towards a slope of 1: the prior as an observation more, of precision 1/SLOPE_SD² and noise `rough`.
    prior = np.diag([0, 1 / SLOPE_SD**2])
    beta = np.linalg.solve(design.T @ design + rough * prior, design.T @ y + rough * prior @ [0, 1])
    # The intercept follows the slope: residuals have mean 0.
    variance = np.sum((y - design @ beta) ** 2) / free + unsure
    row = np.array([1, at])
    spread = row @ np.linalg.solve(design.T @ design + variance * prior, row)
    return {"mean": float(row @ beta), "sd": float(np.sqrt(variance * (1 + spread) * free / (free - 2)))}


rng = np.random.default_rng(3)
cases = []
for count, stopped in [(5, 0), (6, 0), (10, 0), (20, 0), (21, 0), (60, 0), (200, 0), (12, 0.5), (60, 0.7)]:
    reported = rng.normal(1, 0.1, count)
    final = 0.2 + 0.7 * reported + rng.normal(0, 0.02, count)
    at = float(rng.normal(1, 0.15))
    sds = np.where(rng.random(count) < stopped, 0.03 * rng.random(count), 0)
    found = forecast(reported, final, sds, at)
    below = float(rng.normal(found["mean"], 2 * found["sd"]))
    chance = float(norm.cdf(below, found["mean"], found["sd"]))
    cases.append(
        {
            "finished": [
                {"reported": r, "final": f, **({"sd": sd} if sd > 0 else {})}
                for r, f, sd in zip(reported.tolist(), final.tolist(), sds.tolist())
            ],
            "at": at,
            **found,
            "below": below,
            "chance": chance,
        }
    )
path = pathlib.Path(__file__).with_name("forecast.json")
path.write_text(json.dumps(cases, indent=1) + "\n")

"""Writes points.json: what trainer/landscape/simulated.py, the evaluator in numpy, says of fixed points.

    python test/landscape/golden/make.py        (after every change of weights.json)
"""

import json
import sys
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parents[2] / "trainer" / "landscape"))

from optimum import anywhere, feasible  # noqa: E402
from simulated import digest, evaluate, read_weights, values  # noqa: E402
from table import DEFAULTS, SPACE  # noqa: E402

LIMITS = [76, 76, 80, 24]


def main():
    model = read_weights()
    draw = np.random.default_rng(20261)
    configurations = [DEFAULTS, *corners(), *(anywhere(draw) for _ in range(100))]
    points = [point(model, params, i) for i, params in enumerate(configurations)]
    versions = {"python": sys.version.split()[0], "numpy": np.__version__, "weights": digest()}
    lines = ",\n".join(json.dumps(p) for p in points)
    text = f'{{"madeBy":"python test/landscape/golden/make.py","versions":{json.dumps(versions)},"points":[\n{lines}\n]}}\n'
    (HERE / "points.json").write_text(text, encoding="utf-8")
    print(f"{len(points)} points, {sum(p['run']['outcome'] == 'complete' for p in points)} complete")


def point(model, params, i):
    seed = [i, 2**40 + 7 * i, -3 - i][i % 3]
    limit = LIMITS[i % len(LIMITS)]
    return {
        "params": params,
        "seed": seed,
        "memoryLimitGb": limit,
        "truth": float(values(model, [params])[0]),
        "run": evaluate(model, params, seed, limit),
    }


def corners():
    return [feasible({name: at(parameter, end) for name, parameter in SPACE.items()}) for end in ("low", "high")]


def at(parameter, end):
    return parameter["choices"][-1] if "choices" in parameter else parameter[end]


if __name__ == "__main__":
    main()

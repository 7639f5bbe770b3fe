"""Serves one problem over JSON lines: its space, what a configuration of it measures, and what it is worth without noise.

    python bench/transfer/problems.py

in   {"problem": "bbob-noisy", "function": 101, "dimension": 5, "instance": 1}
out  {"parameters": {"X0": {"type": "float", "low": -5, "high": 5}, …}}
in   {"evaluate": {"X0": 1.5, …}}
out  {"value": 79.5}    null where training diverged
in   {"worth": {"X0": 1.5, …}}
out  {"worth": 12.3}

COCO's problems are worth their distance from the optimum; scikit-learn's their cross-validated loss, always on the same
folds and from the same random numbers, so that there a value is the worth.
"""

import json
import os
import sys
import warnings

import numpy as np


def main():
    # Libraries print: what they say goes to stderr, and stdout stays ours.
    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    warnings.simplefilter("ignore")
    problem = opened(json.loads(sys.stdin.readline()))
    print(json.dumps({"parameters": problem.parameters}), file=out, flush=True)
    for line in sys.stdin:
        message = json.loads(line)
        if "evaluate" in message:
            value = problem.value(message["evaluate"])
            answer = {"value": float(value) if np.isfinite(value) else None}
        else:
            answer = {"worth": float(problem.worth(message["worth"]))}
        print(json.dumps(answer), file=out, flush=True)


def opened(task):
    name = task["problem"]
    if name.startswith("bbob"):
        import coco

        return coco.PROBLEMS[name](**task)
    import learning

    if name in learning.PROBLEMS:
        return learning.Learning(**learning.PROBLEMS[name])
    import tasks

    return tasks.opened(name)


if __name__ == "__main__":
    main()

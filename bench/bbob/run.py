"""Runs algorithms on the problems of one COCO suite in one dimension; prints a JSON line a run.

    python bench/bbob/run.py --serve dist/bench/bbob/serve.js --suite bbob --dimension 5 \\
        --functions 1-24 --instances 1-15 --budget 2000 --algorithms chiron,pycma,cmaes

All begin at the same points (restarts too), with the same step size, and end at the optimum + 10^-8 or with the same
budget (times dimension). A function of which an algorithm has solved none of the first instances (--patience) it need
not try further. Runtimes are evaluations to the optimum + 10^2 … 10^-8.
"""

import argparse
import json
import math
import os
import subprocess
import tempfile
import warnings

import cocoex
import numpy as np

TARGETS = [10.0**e for e in np.linspace(2, -8, 51)]
STARTS = 100


class Done(Exception):
    """The budget is spent, or the final target hit."""


class Evaluator:
    """Counts, and remembers every improvement."""

    def __init__(self, problem, budget, optimum):
        self.problem, self.budget, self.optimum = problem, budget, optimum
        self.count, self.best, self.improvements = 0, math.inf, []

    @property
    def solved(self):
        return self.best <= self.optimum + TARGETS[-1]

    def __call__(self, x):
        if self.count >= self.budget or self.solved:
            raise Done
        value = self.problem(x)
        self.count += 1
        if value < self.best:
            self.best = value
            self.improvements.append((self.count, value))
        return value

    def reached(self, target):
        return next((count for count, value in self.improvements if value <= self.optimum + target), None)


class Chiron:
    def __init__(self, serve):
        self.serve, self.process = serve, None

    def request(self, message):
        if self.process is None:
            self.process = subprocess.Popen(["node", self.serve], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.process.stdin.write(json.dumps(message) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())["points"]

    def search(self, evaluate, opening):
        points = self.request(opening)
        while True:
            points = self.request({"values": [evaluate(np.array(x, dtype=float)) for x in points]})


# ── continuous: bbob ──


def chiron(task, sampling):
    opening = {"starts": task.starts.tolist(), "sigma": task.sigma, "sampling": sampling, "restarts": "bipop", "seed": task.seed}
    task.server.search(task.evaluate, opening)


def pycma(task):
    import cma

    starts = iter(task.starts)
    options = {"verbose": -9, "seed": task.seed + 1, "maxfevals": task.evaluate.budget + 1}
    cma.fmin2(task.evaluate, lambda: next(starts), task.sigma, options, restarts=STARTS, bipop=True)


def cmaes_library(task):
    """IPOP by hand: the library has no restarts."""
    import cmaes

    for k, start in enumerate(task.starts):
        popsize = (4 + math.floor(3 * math.log(task.dimension))) * 2**k
        optimizer = cmaes.CMA(mean=start.copy(), sigma=task.sigma, population_size=popsize, seed=task.seed + k + 1)
        while not optimizer.should_stop():
            points = [optimizer.ask() for _ in range(popsize)]
            optimizer.tell([(x, task.evaluate(x)) for x in points])


# ── integers beside: bbob-mixint. Its first variables are whole numbers from 0; all bounds are inclusive. ──


def chiron_space(task):
    def parameter(i, low, high):
        kind = {"type": "int"} if i < task.integers else {"type": "float"}
        return {**kind, "low": low if kind["type"] == "float" else int(low), "high": high if kind["type"] == "float" else int(high)}

    spec = {"parameters": {f"X{i:03}": parameter(i, *bounds) for i, bounds in enumerate(task.bounds.tolist())}}
    task.server.search(task.evaluate, {"spec": spec, "options": {"mean": "centre", "restarts": "ipop"}, "seed": task.seed})


def cmawm(task):
    import cmaes

    steps = np.array([1.0 if i < task.integers else 0.0 for i in range(task.dimension)])
    for k, start in enumerate(task.starts):
        popsize = (4 + math.floor(3 * math.log(task.dimension))) * 2**k
        widths = task.bounds[:, 1] - task.bounds[:, 0]
        optimizer = cmaes.CMAwM(
            mean=start.copy(), sigma=1.0, cov=np.diag((widths / 6) ** 2), bounds=task.bounds, steps=steps,
            population_size=popsize, seed=task.seed + k + 1,
        )  # fmt: skip
        while not optimizer.should_stop():
            points = [optimizer.ask() for _ in range(popsize)]
            optimizer.tell([(raw, task.evaluate(x)) for x, raw in points])


def catcmawm(task):
    """Binary variables as categories, as the library's documentation recommends."""
    import cmaes

    binary = [i for i in range(task.integers) if task.bounds[i, 1] == 1]
    whole = [i for i in range(task.integers) if i not in binary]
    real = list(range(task.integers, task.dimension))
    for k, start in enumerate(task.starts):
        popsize = (4 + math.floor(3 * math.log(task.dimension))) * 2**k
        optimizer = cmaes.CatCMAwM(
            x_space=task.bounds[real].tolist(), z_space=[list(range(int(task.bounds[i, 1]) + 1)) for i in whole],
            c_space=[2] * len(binary), mean=start[real + whole].copy(), cov=np.diag(((task.bounds[real + whole] @ [-1, 1]) / 6) ** 2),
            population_size=popsize, seed=task.seed + k + 1,
        )  # fmt: skip
        while not optimizer.should_stop():
            solutions = []
            for _ in range(popsize):
                solution = optimizer.ask()
                x = np.zeros(task.dimension)
                x[binary], x[whole], x[real] = solution.c[:, 1], solution.z, solution.x
                solutions.append((solution, task.evaluate(x)))
            optimizer.tell(solutions)


ALGORITHMS = {
    "chiron": lambda task: chiron(task, "mirrored"),
    "chiron-independent": lambda task: chiron(task, "independent"),
    "pycma": pycma,
    "cmaes": cmaes_library,
    "chiron-space": chiron_space,
    "cmawm": cmawm,
    "catcmawm": catcmawm,
}


class Task:
    def __init__(self, problem, instance, optimum, arguments, server):
        self.evaluate = Evaluator(problem, arguments.budget * problem.dimension, optimum)
        self.dimension, self.integers = problem.dimension, problem.number_of_integer_variables
        self.bounds = np.array([problem.lower_bounds, problem.upper_bounds]).T
        self.server, self.sigma = server, 2.0
        self.seed = 1000 * problem.id_function + instance
        self.starts = self.draw_starts(np.random.RandomState(self.seed))

    def draw_starts(self, rng):
        """Uniform in [-4, 4]^n as in Hansen (2009); beside integers the middle first, then anywhere."""
        if self.integers == 0:
            return rng.uniform(-4, 4, (STARTS, self.dimension))
        starts = rng.uniform(self.bounds[:, 0], self.bounds[:, 1], (STARTS, self.dimension))
        starts[0] = self.bounds.mean(axis=1)
        return starts


def numbers(text):
    low, _, high = text.partition("-")
    return range(int(low), int(high or low) + 1)


def optimum_of(problem):
    """COCO tells where it is by a file in the working folder."""
    problem._best_parameter("print")
    return problem(np.loadtxt("._bbob_problem_best_parameter.txt"))


def main():
    parser = argparse.ArgumentParser()
    for name in ("serve", "suite", "functions", "instances", "algorithms"):
        parser.add_argument(f"--{name}", required=True)
    for name in ("dimension", "budget"):
        parser.add_argument(f"--{name}", required=True, type=int)
    parser.add_argument("--patience", type=int, default=math.inf)
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    server = Chiron(os.path.abspath(arguments.serve))
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        for function in numbers(arguments.functions):
            for algorithm in arguments.algorithms.split(","):
                run_function(function, algorithm, arguments, server)


def run_function(function, algorithm, arguments, server):
    solved = 0
    for tried, instance in enumerate(numbers(arguments.instances)):
        if tried == arguments.patience and solved == 0:
            return
        run = run_instance(function, instance, algorithm, arguments, server)
        solved += run.solved
        line = {
            "suite": arguments.suite, "function": function, "dimension": arguments.dimension, "instance": instance,
            "algorithm": algorithm, "evaluations": run.count, "runtimes": [run.reached(target) for target in TARGETS],
        }  # fmt: skip
        print(json.dumps(line), flush=True)


def run_instance(function, instance, algorithm, arguments, server):
    filters = f"dimensions:{arguments.dimension} function_indices:{function} instance_indices:{instance}"
    fresh = lambda: cocoex.Suite(arguments.suite, "", filters)[0]
    task = Task(fresh(), instance, optimum_of(fresh()), arguments, server)
    try:
        ALGORITHMS[algorithm](task)
    except Done:
        pass
    return task.evaluate


if __name__ == "__main__":
    main()

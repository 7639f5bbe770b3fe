"""COCO's problems: worth their distance from the optimum, without noise."""

import os
import tempfile

import cocoex
import numpy as np


class Coco:
    def __init__(self, problem, function, dimension, instance):
        filters = f"dimensions:{dimension} instance_indices:{instance}"
        self.suite = cocoex.Suite(problem, "", filters)
        self.function = self.suite.get_problem_by_function_dimension_instance(function, dimension, instance)
        self.optimum = optimum_of(self.function)
        kinds = ["int"] * self.function.number_of_integer_variables
        kinds += ["float"] * (dimension - len(kinds))
        bounds = zip(self.function.lower_bounds.tolist(), self.function.upper_bounds.tolist())
        self.parameters = {
            f"X{i}": {"type": kind, "low": plain(low), "high": plain(high)}
            for i, (kind, (low, high)) in enumerate(zip(kinds, bounds))
        }

    def value(self, params):
        return self.function(self.point(params))

    def worth(self, params):
        return self.value(params) - self.function(self.optimum)

    def point(self, params):
        return np.array([params[name] for name in self.parameters], dtype=float)


class Noisy(Coco):
    """A function with noise has a twin with the same values and rare, symmetric noise: its median is free of it."""

    REPEATS = 101

    def __init__(self, problem, function, dimension, instance):
        super().__init__(problem, function, dimension, instance)
        cauchy = next(last for last in range(103, 131, 3) if last >= function)
        self.twin = self.suite.get_problem_by_function_dimension_instance(cauchy, dimension, instance)

    def worth(self, params):
        return self.typical(self.point(params)) - self.typical(self.optimum)

    def typical(self, x):
        return np.median([self.twin(x) for _ in range(self.REPEATS)])


def optimum_of(problem):
    """COCO tells it by a file in the working folder."""
    home = os.getcwd()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        problem._best_parameter("print")
        found = np.loadtxt("._bbob_problem_best_parameter.txt")
        os.chdir(home)
    return found


def plain(bound):
    return int(bound) if bound == int(bound) else bound


PROBLEMS = {"bbob-noisy": Noisy, "bbob-mixint": Coco, "bbob-largescale": Coco}

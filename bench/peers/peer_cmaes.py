"""CatCMAwM of CyberAgent's cmaes: the mixed-variable CMA-ES with margin. Logs taken, powers of two by exponent.

Trial 0 is the defaults, and is not told: the library has no way to take a point that it did not draw.
"""

import math

import numpy as np
from cmaes import CatCMAwM

from protocol import decode, exponent, penalised


def search(method, task):
    return Search(task)


class Search:
    def __init__(self, task):
        self.defaults = task["defaults"]
        self.floats = [p for p in task["parameters"] if p["type"] == "float"]
        self.ints = [p for p in task["parameters"] if p["type"] == "int"]
        self.choices = [p for p in task["parameters"] if p["type"] == "categorical"]
        self.optimizer = CatCMAwM(
            x_space=[scaled(p) for p in self.floats],
            z_space=[levels(p) for p in self.ints],
            c_space=[len(p["choices"]) for p in self.choices],
            seed=task["seed"],
        )
        self.open = {}
        self.generation = []

    def ask(self, number):
        if number == 0:
            return self.defaults
        drawn = self.open[number] = self.optimizer.ask()
        params = {p["name"]: natural(p, x) for p, x in zip(self.floats, drawn.x)}
        params |= {p["name"]: decode(p, int(z)) for p, z in zip(self.ints, drawn.z)}
        return params | {p["name"]: p["choices"][int(np.argmax(c))] for p, c in zip(self.choices, drawn.c)}

    def tell(self, number, outcome, value, peak_memory_gb):
        if number == 0:
            return
        self.generation.append((self.open.pop(number), penalised(outcome, value)))
        if len(self.generation) == self.optimizer.population_size:
            self.optimizer.tell(self.generation)
            self.generation = []


def scaled(parameter):
    bounds = parameter["low"], parameter["high"]
    return [math.log(bound) for bound in bounds] if parameter["log"] else list(bounds)


def natural(parameter, x):
    value = math.exp(x) if parameter["log"] else float(x)
    return min(max(value, parameter["low"]), parameter["high"])


def levels(parameter):
    coded = exponent(parameter) if parameter["powerOfTwo"] else parameter
    return list(range(coded["low"], coded["high"] + 1))

"""Ax's client with its default generation strategy: a Sobol start, then Gaussian processes by BoTorch.

Memory is an outcome with a constraint. A failure is told as one over the limit, and as the worst success: marked as
failed it would teach nothing, and Ax went on to spend two trials of three on failures.
"""

import logging

from ax.api.client import Client
from ax.api.configs import ChoiceParameterConfig, RangeParameterConfig
import torch

from protocol import decode, encode, exponent


def search(method, task):
    return Search(task)


class Search:
    def __init__(self, task):
        logging.disable(logging.CRITICAL)
        torch.manual_seed(task["seed"])
        self.parameters = {p["name"]: p for p in task["parameters"]}
        self.defaults = task["defaults"]
        self.client = Client(random_seed=task["seed"])
        self.client.configure_experiment(parameters=[config(p) for p in task["parameters"]])
        self.limit = task["memoryLimitGb"]
        self.client.configure_optimization("-val_bpb", outcome_constraints=[f"memory_gb <= {self.limit}"])
        self.indices = {}
        self.worst = None

    def ask(self, number):
        if number == 0:
            self.indices[0] = self.client.attach_trial({n: typed(p, self.defaults[n]) for n, p in self.parameters.items()})
            return self.defaults
        [(index, params)] = self.client.get_next_trials(max_trials=1).items()
        self.indices[number] = index
        return {name: decode(self.parameters[name], value) for name, value in params.items()}

    def tell(self, number, outcome, value, peak_memory_gb):
        if outcome == "complete":
            self.worst = value if self.worst is None else max(self.worst, value)
        else:
            value, peak_memory_gb = self.worst, self.limit + 1
        self.client.complete_trial(self.indices.pop(number), raw_data={"val_bpb": value, "memory_gb": peak_memory_gb})


def typed(parameter, value):
    return float(value) if parameter["type"] == "float" else encode(parameter, value)


def config(parameter):
    name, kind = parameter["name"], parameter["type"]
    if kind == "categorical":
        return ChoiceParameterConfig(name=name, values=parameter["choices"], parameter_type="str", is_ordered=False)
    coded = exponent(parameter) if parameter["powerOfTwo"] else parameter
    bounds, scaling = (coded["low"], coded["high"]), "log" if coded["log"] else "linear"
    return RangeParameterConfig(name=name, bounds=bounds, parameter_type=kind, scaling=scaling)

"""SMAC3's hyperparameter optimisation facade: a random forest and expected improvement, by ask and tell.

Deterministic, so that no configuration is run three times, as it is in arXiv 2603.24647's log.
"""

import tempfile

from ConfigSpace import Categorical, Configuration, ConfigurationSpace, Float, Integer
from smac import HyperparameterOptimizationFacade, Scenario
from smac.runhistory import TrialInfo, TrialValue

from protocol import decode, encode, exponent, penalised


def search(method, task):
    return Search(task)


class Search:
    def __init__(self, task):
        self.parameters = {p["name"]: p for p in task["parameters"]}
        self.defaults = task["defaults"]
        self.space = ConfigurationSpace(seed=task["seed"])
        self.space.add([hyperparameter(p) for p in task["parameters"]])
        self.output = tempfile.TemporaryDirectory()
        scenario = Scenario(
            self.space,
            deterministic=True,
            n_trials=task["trials"],
            seed=task["seed"],
            output_directory=self.output.name,
        )
        self.smac = HyperparameterOptimizationFacade(scenario, no_target, logging_level=False, overwrite=True)
        self.open = {}

    def ask(self, number):
        if number == 0:
            return self.start_with_defaults()
        info = self.open[number] = self.smac.ask()
        return {name: decode(p, plain(info.config[name])) for name, p in self.parameters.items()}

    def start_with_defaults(self):
        values = {name: encode(p, self.defaults[name]) for name, p in self.parameters.items()}
        self.open[0] = TrialInfo(Configuration(self.space, values=values), seed=0)
        return self.defaults

    def tell(self, number, outcome, value, peak_memory_gb):
        self.smac.tell(self.open.pop(number), TrialValue(cost=penalised(outcome, value)), save=False)


def no_target(config, seed=0):
    raise RuntimeError("the bench trains, not SMAC")


def hyperparameter(parameter):
    name = parameter["name"]
    if parameter["type"] == "categorical":
        return Categorical(name, parameter["choices"])
    coded = exponent(parameter) if parameter["powerOfTwo"] else parameter
    kind = Integer if parameter["type"] == "int" else Float
    return kind(name, (coded["low"], coded["high"]), log=coded["log"])


def plain(value):
    return value.item() if hasattr(value, "item") else value

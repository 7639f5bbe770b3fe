"""SMAC3's hyperparameter optimisation facade: a random forest and expected improvement, by ask and tell.

Deterministic, so that no configuration is run three times, as it is in arXiv 2603.24647's log. Parameters that depend on
others are conditions of its space.
"""

import tempfile

from ConfigSpace import AndConjunction, Categorical, Configuration, ConfigurationSpace, Float, InCondition, Integer
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
        self.space.add([condition(self.space, p) for p in task["parameters"] if p.get("when")])
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
        return {name: decode(self.parameters[name], plain(value)) for name, value in info.config.items()}

    def start_with_defaults(self):
        values = {name: encode(self.parameters[name], value) for name, value in self.defaults.items()}
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
    if parameter["type"] == "bool":
        return Categorical(name, [False, True])
    coded = exponent(parameter) if parameter["powerOfTwo"] else parameter
    kind = Integer if parameter["type"] == "int" else Float
    return kind(name, (coded["low"], coded["high"]), log=coded["log"])


def condition(space, parameter):
    child = space[parameter["name"]]
    parents = [InCondition(child, space[parent], listed(values)) for parent, values in parameter["when"].items()]
    return parents[0] if len(parents) == 1 else AndConjunction(*parents)


def listed(values):
    return values if isinstance(values, list) else [values]


def plain(value):
    return value.item() if hasattr(value, "item") else value

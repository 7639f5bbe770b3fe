"""SMAC3 as in peer_smac, where some parameters depend on others: each dependency is a condition of its space."""

import tempfile

from ConfigSpace import AndConjunction, Configuration, ConfigurationSpace, InCondition
from smac import HyperparameterOptimizationFacade, Scenario
from smac.runhistory import TrialInfo

from peer_smac import Search, hyperparameter, no_target, plain
from protocol import decode, encode


def search(method, task):
    return Conditional(task)


class Conditional(Search):
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


def condition(space, parameter):
    child = space[parameter["name"]]
    parents = [InCondition(child, space[parent], listed(values)) for parent, values in parameter["when"].items()]
    return parents[0] if len(parents) == 1 else AndConjunction(*parents)


def listed(values):
    return values if isinstance(values, list) else [values]

"""Optuna's samplers where some parameters depend on others: suggested one after the other, as its users write it."""

from optuna.samplers import CmaEsSampler, GPSampler, NSGAIISampler, RandomSampler, TPESampler

from peer_optuna import Plain

SAMPLERS = {
    "branching-optuna-tpe": lambda seed: TPESampler(seed=seed),
    "branching-optuna-tpe-multivariate": lambda seed: TPESampler(seed=seed, multivariate=True, group=True),
    "branching-optuna-cmaes": lambda seed: CmaEsSampler(seed=seed, warn_independent_sampling=False),
    "branching-optuna-gp": lambda seed: GPSampler(seed=seed),
    "branching-optuna-nsga2": lambda seed: NSGAIISampler(seed=seed),
    "branching-optuna-random": lambda seed: RandomSampler(seed=seed),
}


def search(method, task):
    return Branching(SAMPLERS[method](task["seed"]), task)


class Branching(Plain):
    def __init__(self, sampler, task):
        super().__init__(sampler, task)
        self.parameters = parents_first(task["parameters"])

    def ask(self, number):
        trial = self.open[number] = self.study.ask()
        params = {}
        for parameter in self.parameters:
            if all(params.get(parent) in listed(values) for parent, values in parameter.get("when", {}).items()):
                params[parameter["name"]] = suggested(trial, parameter)
        return params


def parents_first(parameters):
    return sorted(parameters, key=lambda parameter: len(parameter.get("when", {})))


def suggested(trial, parameter):
    name = parameter["name"]
    if parameter["type"] == "categorical":
        return trial.suggest_categorical(name, parameter["choices"])
    if parameter["type"] == "bool":
        return trial.suggest_categorical(name, [False, True])
    suggest = trial.suggest_int if parameter["type"] == "int" else trial.suggest_float
    return suggest(name, parameter["low"], parameter["high"], log=parameter["log"])


def listed(values):
    return values if isinstance(values, list) else [values]

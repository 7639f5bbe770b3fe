"""Optuna's TPE where some parameters depend on others: suggested one after the other, as its users write it."""

from optuna.samplers import TPESampler

from peer_optuna import Plain


def search(method, task):
    return Branching(TPESampler(seed=task["seed"]), task)


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
    suggest = trial.suggest_int if parameter["type"] == "int" else trial.suggest_float
    return suggest(name, parameter["low"], parameter["high"], log=parameter["log"])


def listed(values):
    return values if isinstance(values, list) else [values]

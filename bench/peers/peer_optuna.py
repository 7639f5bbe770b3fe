"""Optuna's samplers, by ask and tell.

The plain rows follow arXiv 2603.24647: ranges as they are, powers of two as log-integers that are snapped afterwards,
a failure told as the value 100. The careful rows do what the manual advises today: powers of two by their exponent,
memory over the limit as a violated constraint, and a failure's value no worse than the worst success.
"""

import optuna
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.samplers import CmaEsSampler, GPSampler, RandomSampler, TPESampler

from protocol import decode, encode, exponent, penalised

optuna.logging.set_verbosity(optuna.logging.ERROR)


def violation(trial):
    return (trial.user_attrs["violation"],)


SAMPLERS = {
    "optuna-random": lambda seed: RandomSampler(seed=seed),
    "optuna-tpe": lambda seed: TPESampler(seed=seed),
    "optuna-tpe-multivariate": lambda seed: TPESampler(seed=seed, multivariate=True, constant_liar=True),
    "optuna-cmaes": lambda seed: CmaEsSampler(seed=seed),
    "optuna-cmaes-margin": lambda seed: CmaEsSampler(seed=seed, with_margin=True),
}
CAREFUL = {
    "optuna-tpe-careful": lambda seed: TPESampler(seed=seed, constraints_func=violation),
    "optuna-gp-careful": lambda seed: GPSampler(seed=seed, constraints_func=violation),
}


def search(method, task):
    if method in CAREFUL:
        return Careful(CAREFUL[method](task["seed"]), task)
    return Plain(SAMPLERS[method](task["seed"]), task)


class Plain:
    def __init__(self, sampler, task):
        self.study = optuna.create_study(sampler=sampler)
        self.distributions = {p["name"]: distribution(p) for p in task["parameters"]}
        self.open = {}
        self.study.enqueue_trial(task["defaults"])

    def ask(self, number):
        trial = self.open[number] = self.study.ask(self.distributions)
        return trial.params

    def tell(self, number, outcome, value, peak_memory_gb):
        self.study.tell(self.open.pop(number), penalised(outcome, value))


class Careful(Plain):
    def __init__(self, sampler, task):
        self.powers = {p["name"]: p for p in task["parameters"] if p["powerOfTwo"]}
        self.limit = task["memoryLimitGb"]
        self.worst = -float("inf")
        coded = [exponent(p) if p["powerOfTwo"] else p for p in task["parameters"]]
        super().__init__(sampler, {**task, "parameters": coded, "defaults": self.convert(encode, task["defaults"])})

    def ask(self, number):
        return self.convert(decode, super().ask(number))

    def tell(self, number, outcome, value, peak_memory_gb):
        # A process that was killed for memory does not say how much it would have needed: one over is all we know.
        over = peak_memory_gb - self.limit if outcome == "complete" else 1.0
        self.open[number].set_user_attr("violation", over)
        if outcome == "complete":
            self.worst = max(self.worst, value)
        super().tell(number, "complete", value if outcome == "complete" else self.worst, peak_memory_gb)

    def convert(self, coder, params):
        return {name: coder(self.powers[name], v) if name in self.powers else v for name, v in params.items()}


def distribution(parameter):
    if parameter["type"] == "categorical":
        return CategoricalDistribution(parameter["choices"])
    kind = IntDistribution if parameter["type"] == "int" else FloatDistribution
    return kind(parameter["low"], parameter["high"], log=parameter["log"])

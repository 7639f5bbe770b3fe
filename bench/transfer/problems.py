"""Serves one problem over JSON lines: its space, what a configuration of it measures, and what it is worth without noise.

    python bench/transfer/problems.py

in   {"problem": "bbob-noisy", "function": 101, "dimension": 5, "instance": 1}
out  {"parameters": {"X0": {"type": "float", "low": -5, "high": 5}, …}}
in   {"evaluate": {"X0": 1.5, …}}
out  {"value": 79.5}    null where training diverged
in   {"worth": {"X0": 1.5, …}}
out  {"worth": 12.3}

COCO's problems are worth their distance from the optimum; scikit-learn's their cross-validated loss, always on the same
folds and from the same random numbers, so that there a value is the worth.
"""

import json
import math
import os
import sys
import tempfile
import warnings

import numpy as np


def main():
    # Libraries print: what they say goes to stderr, and stdout stays ours.
    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    warnings.simplefilter("ignore")
    problem = opened(json.loads(sys.stdin.readline()))
    print(json.dumps({"parameters": problem.parameters}), file=out, flush=True)
    for line in sys.stdin:
        message = json.loads(line)
        if "evaluate" in message:
            value = problem.value(message["evaluate"])
            answer = {"value": float(value) if np.isfinite(value) else None}
        else:
            answer = {"worth": float(problem.worth(message["worth"]))}
        print(json.dumps(answer), file=out, flush=True)


def opened(task):
    suites = {"bbob-noisy": Noisy, "bbob-mixint": Coco}
    if task["problem"] in suites:
        return suites[task["problem"]](**task)
    return Learning(**LEARNING[task["problem"]])


# ── COCO ──


class Coco:
    def __init__(self, problem, function, dimension, instance):
        import cocoex

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


# ── scikit-learn ──


class Learning:
    FOLDS = 3

    def __init__(self, parameters, data, model, loss):
        self.parameters, self.model, self.loss = parameters, model, loss
        self.x, self.y = data()

    def value(self, params):
        from sklearn.model_selection import StratifiedKFold

        folds = StratifiedKFold(self.FOLDS, shuffle=True, random_state=0).split(self.x, self.y)
        return np.mean([self.fold(params, *fold) for fold in folds])

    worth = value

    def fold(self, params, train, test):
        try:
            model = self.model(params).fit(self.x[train], self.y[train])
        except ValueError:  # its weights are not finite
            return math.inf
        return self.loss(model, self.x[test], self.y[test])


def log_loss(model, x, y):
    from sklearn.metrics import log_loss as loss

    return loss(y, model.predict_proba(x), labels=model.classes_)


def ranking_loss(model, x, y):
    """How many pairs of a positive and a negative are in the wrong order."""
    from sklearn.metrics import roc_auc_score

    return 1 - roc_auc_score(y, model.decision_function(x))


def breast_cancer():
    from sklearn.datasets import load_breast_cancer

    return load_breast_cancer(return_X_y=True)


def some_digits():
    from sklearn.datasets import load_digits

    x, y = load_digits(return_X_y=True)
    return x[:450] / 16, y[:450]


def boosting(params):
    from sklearn.ensemble import GradientBoostingClassifier

    return GradientBoostingClassifier(**params, random_state=0)


def machine(params):
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import MinMaxScaler, StandardScaler
    from sklearn.svm import SVC

    scalers = {"standard": StandardScaler, "minmax": MinMaxScaler}
    own = {name: value for name, value in params.items() if name != "scaling"}
    return make_pipeline(scalers[params["scaling"]](), SVC(**own, max_iter=20_000, cache_size=50))


def perceptron(params):
    from sklearn.neural_network import MLPClassifier

    own = {name: value for name, value in params.items() if name not in ("width", "layers")}
    return MLPClassifier((params["width"],) * params["layers"], **own, max_iter=12, random_state=0)


def log(low, high, default, kind="float"):
    return {"type": kind, "low": low, "high": high, "log": True, "default": default}


def share(low, high, default):
    return {"type": "float", "low": low, "high": high, "default": default}


def one_of(*choices):
    return {"type": "categorical", "choices": list(choices)}


LEARNING = {
    "boosting": {
        "data": breast_cancer,
        "model": boosting,
        "loss": log_loss,
        "parameters": {
            "n_estimators": log(5, 100, 100, "int"),
            "learning_rate": log(0.01, 1, 0.1),
            "max_depth": {"type": "int", "low": 1, "high": 6, "default": 3},
            "min_samples_leaf": log(1, 50, 1, "int"),
            "subsample": share(0.3, 1, 1),
            "max_features": share(0.1, 1, 1),
        },
    },
    "svm": {
        "data": breast_cancer,
        "model": machine,
        "loss": ranking_loss,
        "parameters": {
            "scaling": one_of("standard", "minmax"),
            "C": log(1e-3, 1e3, 1.0),
            "kernel": one_of("rbf", "poly", "sigmoid", "linear"),
            "gamma": {**log(1e-5, 10, 0.03), "when": {"kernel": ["rbf", "poly", "sigmoid"]}},
            "degree": {"type": "int", "low": 2, "high": 5, "default": 3, "when": {"kernel": "poly"}},
            "coef0": {**share(-1, 1, 0), "when": {"kernel": ["poly", "sigmoid"]}},
        },
    },
    "mlp": {
        "data": some_digits,
        "model": perceptron,
        "loss": log_loss,
        "parameters": {
            "layers": {"type": "int", "low": 1, "high": 3, "default": 1},
            "width": log(8, 128, 100, "int"),
            "activation": one_of("relu", "tanh", "logistic"),
            "solver": one_of("adam", "sgd"),
            "alpha": log(1e-6, 1, 1e-4),
            "batch_size": {"type": "int", "low": 8, "high": 128, "powerOfTwo": True, "default": 32},
            "learning_rate_init": log(1e-4, 0.3, 1e-3),
            "momentum": {**share(0.5, 0.99, 0.9), "when": {"solver": "sgd"}},
            "beta_1": {**share(0.5, 0.99, 0.9), "when": {"solver": "adam"}},
        },
    },
}

if __name__ == "__main__":
    main()

"""Models of scikit-learn on its own data: worth their cross-validated loss."""

import math

import numpy as np
from sklearn.datasets import load_breast_cancer, load_digits
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.metrics import log_loss as mean_log_loss
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedKFold
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler
from sklearn.svm import SVC


class Learning:
    FOLDS = 3

    def __init__(self, parameters, data, model, loss):
        self.parameters, self.model, self.loss = parameters, model, loss
        self.x, self.y = data()

    def value(self, params):
        return np.mean([self.fold(params, *fold) for fold in self.folds()])

    worth = value

    def folds(self):
        return StratifiedKFold(self.FOLDS, shuffle=True, random_state=0).split(self.x, self.y)

    def fold(self, params, train, test):
        try:
            model = self.model(params).fit(self.x[train], self.y[train])
        except ValueError:  # its weights are not finite
            return math.inf
        return self.loss(model, self.x[test], self.y[test])


def log_loss(model, x, y):
    return mean_log_loss(y, model.predict_proba(x), labels=model.classes_)


def ranking_loss(model, x, y):
    """How many pairs of a positive and a negative are in the wrong order."""
    return 1 - roc_auc_score(y, model.decision_function(x))


def breast_cancer():
    return load_breast_cancer(return_X_y=True)


def some_digits():
    x, y = load_digits(return_X_y=True)
    return x[:300] / 16, y[:300]


def boosting(params):
    return GradientBoostingClassifier(**params, random_state=0)


def machine(params):
    scalers = {"standard": StandardScaler, "minmax": MinMaxScaler}
    own = {name: value for name, value in params.items() if name != "scaling"}
    return make_pipeline(scalers[params["scaling"]](), SVC(**own, max_iter=20_000, cache_size=50))


def perceptron(params):
    own = {name: value for name, value in params.items() if name not in ("width", "layers")}
    return MLPClassifier((params["width"],) * params["layers"], **own, max_iter=12, random_state=0)


def log(low, high, default, kind="float"):
    return {"type": kind, "low": low, "high": high, "log": True, "default": default}


def share(low, high, default):
    return {"type": "float", "low": low, "high": high, "default": default}


def one_of(*choices):
    return {"type": "categorical", "choices": list(choices)}


PROBLEMS = {
    "boosting": {
        "data": breast_cancer,
        "model": boosting,
        "loss": log_loss,
        "parameters": {
            "n_estimators": log(5, 50, 50, "int"),
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
            "layers": {"type": "int", "low": 1, "high": 2, "default": 1},
            "width": log(8, 64, 32, "int"),
            "activation": one_of("relu", "tanh", "logistic"),
            "solver": one_of("adam", "sgd"),
            "alpha": log(1e-6, 1, 1e-4),
            "batch_size": {"type": "int", "low": 16, "high": 128, "powerOfTwo": True, "default": 32},
            "learning_rate_init": log(1e-4, 0.3, 1e-3),
            "momentum": {**share(0.5, 0.99, 0.9), "when": {"solver": "sgd"}},
            "beta_1": {**share(0.5, 0.99, 0.9), "when": {"solver": "adam"}},
        },
    },
}

"""More models of scikit-learn on its own data, and pipelines in which most parameters belong to one choice. Worth their
cross-validated loss, always on the same folds and from the same random numbers."""

import numpy as np
from sklearn.decomposition import PCA
from sklearn.ensemble import ExtraTreesClassifier, GradientBoostingRegressor, RandomForestClassifier, RandomForestRegressor
from sklearn.datasets import load_diabetes, load_wine
from sklearn.feature_selection import SelectKBest, f_classif
from sklearn.linear_model import ElasticNet, LogisticRegression, SGDClassifier
from sklearn.metrics import mean_squared_error
from sklearn.model_selection import KFold
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, QuantileTransformer, StandardScaler
from sklearn.svm import SVC, SVR
from sklearn.tree import DecisionTreeClassifier

from learning import Learning, breast_cancer, log, log_loss, one_of, share, some_digits

SCALERS = {"standard": StandardScaler, "minmax": MinMaxScaler}


def wine():
    return load_wine(return_X_y=True)


def diabetes():
    x, y = load_diabetes(return_X_y=True)
    return x, (y - y.mean()) / y.std()


def error_rate(model, x, y):
    return np.mean(model.predict(x) != y)


def squared_error(model, x, y):
    return mean_squared_error(y, model.predict(x))


class Regression(Learning):
    def folds(self):
        return KFold(self.FOLDS, shuffle=True, random_state=0).split(self.x)


def int_log(low, high, default):
    return log(low, high, default, "int")


def whole(low, high, default):
    return {"type": "int", "low": low, "high": high, "default": default}


def of(group, params):
    """The parameters of a group, without its name and the dot."""
    return {name.split(".")[1]: value for name, value in params.items() if name.startswith(group + ".")}


def under(group, choice, parameters):
    """Parameters that are active while `group` is `choice`, with the choice and a dot before their names."""
    found = {}
    for name, parameter in parameters.items():
        when = {f"{choice}.{parent}": value for parent, value in parameter.get("when", {}).items()}
        found[f"{choice}.{name}"] = {**parameter, "when": {group: choice, **when}}
    return found


def descent(params):
    scaler = SCALERS[params["scaling"]]()
    own = {name: value for name, value in params.items() if name != "scaling"}
    return make_pipeline(scaler, SGDClassifier(**own, max_iter=30, tol=None, random_state=0))


def neighbours(params):
    own = {name: value for name, value in params.items() if name != "scaling"}
    return make_pipeline(SCALERS[params["scaling"]](), KNeighborsClassifier(**own))


def tree(params):
    return DecisionTreeClassifier(**params, random_state=0)


def forest(params):
    return RandomForestClassifier(**params, n_estimators=30, random_state=0)


def boosted(params):
    return GradientBoostingRegressor(**params, random_state=0)


def vectors(params):
    own = {name: value for name, value in params.items() if name != "scaling"}
    return make_pipeline(SCALERS[params["scaling"]](), SVR(**own, max_iter=20_000))


def network(params):
    own = {name: value for name, value in params.items() if name not in ("width", "layers")}
    layers = (params["width"],) * params["layers"]
    return make_pipeline(StandardScaler(), MLPClassifier(layers, **own, max_iter=25, random_state=0))


CLASSIFIERS = {
    "svm": lambda own: SVC(**own, max_iter=20_000, probability=False),
    "forest": lambda own: RandomForestClassifier(**own, n_estimators=20, random_state=0),
    "extra": lambda own: ExtraTreesClassifier(**own, n_estimators=20, random_state=0),
    "neighbours": lambda own: KNeighborsClassifier(**own),
    "logistic": lambda own: LogisticRegression(**own, max_iter=60),
    "descent": lambda own: SGDClassifier(**own, max_iter=15, tol=None, random_state=0),
}
REGRESSORS = {
    "svm": lambda own: SVR(**own, max_iter=20_000),
    "forest": lambda own: RandomForestRegressor(**own, n_estimators=20, random_state=0),
    "neighbours": lambda own: KNeighborsRegressor(**own),
    "linear": lambda own: ElasticNet(**own),
    "boosting": lambda own: GradientBoostingRegressor(**own, random_state=0),
}


def pipeline(models):
    def build(params):
        steps = []
        if params["scaling"] in SCALERS:
            steps.append(SCALERS[params["scaling"]]())
        if params["scaling"] == "quantile":
            steps.append(QuantileTransformer(**of("quantile", params), random_state=0))
        if params["reduction"] == "pca":
            steps.append(PCA(params["pca.share"], whiten=params["pca.whiten"], svd_solver="full"))
        if params["reduction"] == "best":
            steps.append(SelectKBest(f_classif, k=params["best.k"]))
        name = params["model"]
        return make_pipeline(*steps, models[name](of(name, params)))

    return build


TREES = {
    "max_depth": int_log(2, 30, 10),
    "min_samples_leaf": int_log(1, 30, 1),
    "max_features": share(0.05, 1, 0.3),
}
KERNEL = {
    "C": log(1e-3, 1e3, 1.0),
    "kernel": one_of("rbf", "poly", "sigmoid", "linear"),
    "gamma": {**log(1e-5, 10, 0.03), "when": {"kernel": ["rbf", "poly", "sigmoid"]}},
    "degree": {**whole(2, 5, 3), "when": {"kernel": "poly"}},
    "coef0": {**share(-1, 1, 0), "when": {"kernel": ["poly", "sigmoid"]}},
}
NEAR = {"n_neighbors": int_log(1, 60, 5), "weights": one_of("uniform", "distance"), "p": share(1, 4, 2)}
DESCENT = {
    "loss": one_of("log_loss", "hinge", "modified_huber"),
    "alpha": log(1e-6, 1, 1e-4),
    "penalty": one_of("l2", "l1", "elasticnet"),
    "l1_ratio": {**share(0, 1, 0.15), "when": {"penalty": "elasticnet"}},
    "learning_rate": one_of("optimal", "invscaling", "adaptive"),
    "eta0": {**log(1e-4, 1, 0.01), "when": {"learning_rate": ["invscaling", "adaptive"]}},
    "power_t": {**share(0.1, 0.9, 0.5), "when": {"learning_rate": "invscaling"}},
}


def before(most):
    """What a pipeline does to the features: `most` of them may be kept."""
    return {
        "scaling": one_of("standard", "minmax", "quantile", "none"),
        "reduction": one_of("none", "pca", "best"),
        **under("scaling", "quantile", {"n_quantiles": int_log(5, 100, 50), "output_distribution": one_of("uniform", "normal")}),
        **under("reduction", "pca", {"share": share(0.5, 0.99, 0.95), "whiten": {"type": "bool"}}),
        **under("reduction", "best", {"k": whole(1, most, most // 2)}),
    }


def classifiers(most):
    return {
        **before(most),
        "model": one_of(*CLASSIFIERS),
        **under("model", "svm", KERNEL),
        **under("model", "forest", {**TREES, "criterion": one_of("gini", "entropy")}),
        **under("model", "extra", {**TREES, "criterion": one_of("gini", "entropy")}),
        **under("model", "neighbours", NEAR),
        **under("model", "logistic", {"C": log(1e-4, 1e3, 1.0)}),
        **under("model", "descent", DESCENT),
    }


BOOSTED = {
    "n_estimators": int_log(5, 100, 50),
    "learning_rate": log(0.01, 1, 0.1),
    "max_depth": whole(1, 6, 3),
    "min_samples_leaf": int_log(1, 50, 1),
    "subsample": share(0.3, 1, 1),
    "max_features": share(0.1, 1, 1),
    "loss": one_of("squared_error", "huber", "absolute_error"),
    "alpha": {**share(0.5, 0.99, 0.9), "when": {"loss": "huber"}},
}
SUPPORT = {**KERNEL, "epsilon": log(1e-3, 1, 0.1)}

PROBLEMS = {
    "descent-digits": (Learning, some_digits, descent, error_rate, {"scaling": one_of(*SCALERS), **DESCENT}),
    "neighbours-digits": (Learning, some_digits, neighbours, error_rate, {"scaling": one_of(*SCALERS), **NEAR}),
    "tree-breast": (
        Learning,
        breast_cancer,
        tree,
        log_loss,
        {
            "max_depth": int_log(1, 20, 10),
            "min_samples_split": int_log(2, 100, 2),
            "min_samples_leaf": int_log(1, 100, 1),
            "max_features": share(0.1, 1, 1),
            "ccp_alpha": log(1e-5, 0.1, 1e-4),
            "criterion": one_of("gini", "entropy"),
        },
    ),
    "forest-wine": (
        Learning,
        wine,
        forest,
        log_loss,
        {
            **TREES,
            "criterion": one_of("gini", "entropy"),
            "bootstrap": {"type": "bool", "default": True},
            "max_samples": {**share(0.2, 1, 1), "when": {"bootstrap": True}},
        },
    ),
    "boosting-diabetes": (Regression, diabetes, boosted, squared_error, BOOSTED),
    "svm-diabetes": (Regression, diabetes, vectors, squared_error, {"scaling": one_of(*SCALERS), **SUPPORT}),
    "mlp-wine": (
        Learning,
        wine,
        network,
        log_loss,
        {
            "layers": whole(1, 2, 1),
            "width": int_log(4, 64, 32),
            "activation": one_of("relu", "tanh", "logistic"),
            "solver": one_of("adam", "sgd"),
            "alpha": log(1e-6, 1, 1e-4),
            "batch_size": int_log(8, 64, 32),
            "learning_rate_init": log(1e-4, 0.3, 1e-3),
            "momentum": {**share(0.5, 0.99, 0.9), "when": {"solver": "sgd"}},
            "beta_1": {**share(0.5, 0.99, 0.9), "when": {"solver": "adam"}},
        },
    ),
    "pipeline-digits": (Learning, some_digits, pipeline(CLASSIFIERS), error_rate, classifiers(60)),
    "pipeline-wine": (Learning, wine, pipeline(CLASSIFIERS), error_rate, classifiers(13)),
    "pipeline-diabetes": (
        Regression,
        diabetes,
        pipeline(REGRESSORS),
        squared_error,
        {
            **before(10),
            "model": one_of(*REGRESSORS),
            **under("model", "svm", SUPPORT),
            **under("model", "forest", TREES),
            **under("model", "neighbours", NEAR),
            **under("model", "linear", {"alpha": log(1e-4, 1, 0.1), "l1_ratio": share(0, 1, 0.5)}),
            **under("model", "boosting", BOOSTED),
        },
    ),
}


def opened(name):
    kind, data, model, loss, parameters = PROBLEMS[name]
    return kind(parameters, data, model, loss)

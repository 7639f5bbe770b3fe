"""Writes golden/parzen.json: densities of Optuna's own Parzen estimators, for observations and queries drawn here.

python test/optimizers/tpe/parzen-golden.py    (optuna, numpy)

A continuous density is given per unit of the parameter's range (of its logarithm, where it is searched on one), which
is Optuna's times the range. On a logarithmic integer Optuna puts a kernel on log(x); it is asked here for one on the
centre of x's cell.
"""

import json
import math
import warnings
from pathlib import Path

import numpy as np
import optuna
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.samplers._tpe.parzen_estimator import _ParzenEstimator, _ParzenEstimatorParameters
from optuna.samplers._tpe.sampler import default_weights

warnings.simplefilter("ignore")
rng = np.random.default_rng(20260101)

SPACE = {
    "float": {"type": "float", "low": -2.0, "high": 5.0},
    "log": {"type": "float", "low": 1e-5, "high": 0.1, "log": True},
    "stepped": {"type": "float", "low": 0.0, "high": 1.0, "step": 0.05},
    "int": {"type": "int", "low": 4, "high": 24},
    "wide": {"type": "int", "low": 1, "high": 50000},
    "intStep": {"type": "int", "low": 16, "high": 256, "step": 16},
    "intLog": {"type": "int", "low": 1, "high": 300, "log": True},
    "power": {"type": "int", "low": 32, "high": 2048, "powerOfTwo": True},
    "category": {"type": "categorical", "choices": ["a", "b", "c", "d", "e"]},
    "bool": {"type": "bool"},
}


def distribution(spec):
    kind = spec["type"]
    if kind == "categorical":
        return CategoricalDistribution(spec["choices"])
    if kind == "bool":
        return CategoricalDistribution([False, True])
    if kind == "float":
        return FloatDistribution(spec["low"], spec["high"], log=spec.get("log", False), step=spec.get("step"))
    if spec.get("powerOfTwo"):
        return IntDistribution(int(math.log2(spec["low"])), int(math.log2(spec["high"])))
    return IntDistribution(spec["low"], spec["high"], log=spec.get("log", False), step=spec.get("step", 1))


def value(spec, on_bound):
    """One value; on a bound with this chance."""
    kind = spec["type"]
    if kind == "categorical":
        return str(rng.choice(spec["choices"]))
    if kind == "bool":
        return bool(rng.integers(2))
    low, high = spec["low"], spec["high"]
    if rng.uniform() < on_bound:
        return low if rng.uniform() < 0.5 else high
    if spec.get("powerOfTwo"):
        return 2 ** int(rng.integers(math.log2(low), math.log2(high) + 1))
    if spec.get("log"):
        drawn = math.exp(rng.uniform(math.log(low), math.log(high)))
        return float(f"{drawn:.6g}") if kind == "float" else min(high, max(low, round(drawn)))
    step = spec.get("step", 1 if kind == "int" else None)
    if step is None:
        return round(float(rng.uniform(low, high)), 6)
    drawn = low + step * int(rng.integers(0, round((high - low) / step) + 1))
    return int(drawn) if kind == "int" else round(drawn, 6)


def internal(spec, drawn, kernel):
    """What Optuna's estimator takes for it; `kernel`: as an observation, not as a query."""
    if spec["type"] == "categorical":
        return spec["choices"].index(drawn)
    if spec["type"] == "bool":
        return int(drawn)
    if spec.get("powerOfTwo"):
        return round(math.log2(drawn))
    if kernel and spec["type"] == "int" and spec.get("log"):
        return math.sqrt((drawn - 0.5) * (drawn + 0.5))
    return drawn


def log_range(spec):
    """The Jacobian from Optuna's units to those of the range."""
    if spec["type"] != "float" or "step" in spec:
        return 0.0
    low, high = spec["low"], spec["high"]
    return math.log(math.log(high / low)) if spec.get("log") else math.log(high - low)


def densities(names, observations, queries, *, multivariate, prior, magic, weights):
    space = {name: distribution(SPACE[name]) for name in names}
    columns = {n: np.array([internal(SPACE[n], o[n], True) for o in observations], dtype=float) for n in names}
    at = {n: np.array([internal(SPACE[n], q[n], False) for q in queries], dtype=float) for n in names}
    parameters = _ParzenEstimatorParameters(
        prior_weight=prior,
        consider_magic_clip=magic,
        consider_endpoints=False,
        weights=default_weights if weights == "recency" else np.ones,
        multivariate=multivariate,
        categorical_distance_func={},
    )
    estimator = _ParzenEstimator(columns, space, parameters)
    return (estimator.log_pdf(at) + sum(log_range(SPACE[n]) for n in names)).tolist()


def case(name, names, n, on_bound=0.25, **settings):
    observations = [{key: value(SPACE[key], on_bound) for key in names} for _ in range(n)]
    queries = [{key: value(SPACE[key], 0.25) for key in names} for _ in range(12)]
    blocks = [names] if settings["multivariate"] else [[key] for key in names]
    return {
        "name": name,
        "parameters": {key: SPACE[key] for key in names},
        **settings,
        "observations": observations,
        "queries": queries,
        "blocks": [
            {"names": block, "logDensity": densities(block, observations, queries, **settings)} for block in blocks
        ],
    }


every = list(SPACE)
smooth = ["float", "log", "category"]
nine = [f"x{i}" for i in range(9)]
SPACE.update({name: {"type": "float", "low": 0.0, "high": 1.0} for name in nine})
default = {"multivariate": True, "prior": 1.0, "magic": True, "weights": "uniform"}
cases = [
    case("multivariate, 60 observations", every, 60, **default),
    case("multivariate, one observation", every, 1, **default),
    case("multivariate, none", every, 0, **default),
    case("multivariate, recency weights", every, 40, **{**default, "weights": "recency"}),
    case("multivariate, without magic clip", every, 30, **{**default, "magic": False}),
    case("multivariate, twice the prior", every, 30, **{**default, "prior": 2.0}),
    case("multivariate, without prior", ["float", "log", "int", "power"], 30, **{**default, "prior": 0.0}),
    case("univariate, 60 observations", every, 60, **{**default, "multivariate": False}),
    case("univariate, two observations", every, 2, **{**default, "multivariate": False}),
    # Without ties: which of two equal points takes which gap and which weight is an accident of the sorting.
    case("univariate, recency weights", smooth, 40, 0, **{**default, "multivariate": False, "weights": "recency"}),
    case("univariate, without magic clip", smooth, 30, 0, **{**default, "multivariate": False, "magic": False}),
    case("multivariate, nine continuous parameters", [*nine, "category"], 60, **default),
    case("one parameter, 300 observations of one width", ["float"], 300, **default),
]

target = Path(__file__).parent / "golden" / "parzen.json"
target.parent.mkdir(exist_ok=True)
golden = {"versions": {"optuna": optuna.__version__, "numpy": np.__version__}, "cases": cases}
target.write_text(json.dumps(golden) + "\n")
print(f"{target}: {len(cases)} cases, optuna {optuna.__version__}, {target.stat().st_size} bytes")

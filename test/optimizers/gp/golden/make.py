"""What NumPy, SciPy and mpmath say of the Gaussian process of optimizers/gp: writes reference.json beside this file.

    python3 -m venv .venv && .venv/bin/pip install numpy==2.4.6 scipy==1.17.1 mpmath==1.3.0
    .venv/bin/python test/optimizers/gp/golden/make.py
"""

import json
import pathlib

import mpmath
import numpy as np
import scipy
from scipy.linalg import cho_factor, cho_solve
from scipy.spatial.distance import cdist
from scipy.stats import lognorm, multivariate_normal, truncnorm

mpmath.mp.dps = 60

SPACE = {
    "parameters": {
        "A": {"type": "float", "low": -2, "high": 3},
        "B": {"type": "float", "low": 1e-4, "high": 1, "log": True},
        "C": {"type": "int", "low": 16, "high": 512, "powerOfTwo": True},
        "D": {"type": "categorical", "choices": ["x", "y", "z"]},
        "E": {"type": "float", "low": 0, "high": 10, "when": {"D": ["x", "y"]}},
    }
}


def draw(rng):
    params = {
        "A": float(rng.uniform(-2, 3)),
        "B": float(10 ** rng.uniform(-4, 0)),
        "C": int(2 ** rng.integers(4, 10)),
        "D": str(rng.choice(["x", "y", "z"])),
    }
    if params["D"] != "z":
        params["E"] = float(rng.uniform(0, 10))
    return params


def columns(params):
    """Coordinates whose differences over the length scales have the squared distance as their sum of squares."""
    names = [np.sqrt(0.5) * (params["D"] == choice) for choice in "xyz"]
    inactive = "E" not in params
    return np.array(
        [
            (params["A"] + 2) / 5,
            (np.log10(params["B"]) + 4) / 4,
            (np.log2(params["C"]) - 4) / 5,
            *names,
            0.5 if inactive else params["E"] / 10,
            np.sqrt(0.75) if inactive else 0.0,
        ]
    )


SCALES = [0, 1, 2, 3, 3, 3, 4, 4]


def kernel(a, b, hyper):
    lengths = np.exp(np.array(hyper["lengths"])[SCALES])
    r = np.sqrt(5) * cdist(a / lengths, b / lengths)
    return 1 + np.exp(hyper["signal"]) * (1 + r + r**2 / 3) * np.exp(-r)


def log_improvement(best, mean, variance):
    sd = mpmath.sqrt(variance)
    z = (mpmath.mpf(best) - mean) / sd
    return float(mpmath.log(sd * (mpmath.npdf(z) + z * mpmath.ncdf(z))))


rng = np.random.default_rng(7)
train = [draw(rng) for _ in range(25)]
test = [draw(rng) for _ in range(10)]
x, at = (np.array([columns(p) for p in some]) for some in (train, test))
values = np.sin(3 * x[:, 0]) + x[:, 1] ** 2 - x[:, 3] + 0.1 * rng.normal(size=len(x))
hyper = {"lengths": [-0.7, 0.2, 0.5, 0.1, 1.1], "signal": 0.3, "noise": -4.2}

gram = kernel(x, x, hyper) + np.exp(hyper["noise"]) * np.eye(len(x))
factor = cho_factor(gram, lower=True)
cross = kernel(at, x, hyper)
mean = cross @ cho_solve(factor, values)
variance = np.diag(kernel(at, at, hyper) - cross @ cho_solve(factor, cross.T))
doubts = np.where(np.arange(len(x)) % 3 == 0, 0.02 * (1 + np.arange(len(x))), 0)
doubted_gram = gram + np.diag(doubts)
doubted_factor = cho_factor(doubted_gram, lower=True)
doubted_alpha = cho_solve(doubted_factor, values)
dimensions = len(SPACE["parameters"])
mu, sigma = np.sqrt(2) + np.log(dimensions) / 2, np.sqrt(3)
prior = lognorm(s=sigma, scale=np.exp(mu)).logpdf(np.exp(hyper["lengths"])).sum()
prior += lognorm(s=1, scale=1).logpdf(np.exp(hyper["signal"]))
prior += lognorm(s=1, scale=np.exp(-4)).logpdf(np.exp(hyper["noise"]))

BELIEFS = {
    "A": {"centre": 1.5, "spread": 0.5, "confidence": 0.8},
    "B": {"centre": 0.001, "spread": 0.0005, "confidence": 0.5},
    "C": {"centre": 64, "spread": 32, "confidence": 1},
    "D": {"centre": "y", "confidence": 0.6},
    "E": {"centre": 0, "spread": 1, "confidence": 0.9},
}
# Centre and standard deviation on each parameter's own scale, from 0 to 1: cells of C are a sixth wide.
SCALED = {
    "A": (0.7, 0.1),
    "B": (0.25, (np.log10(0.0015) - np.log10(0.0005)) / 8),
    "C": ((2 + 0.5) / 6, (3 - 1) / 12),
    "E": (0, 0.05),
}


def log_belief(params):
    places = {
        "A": (params["A"] + 2) / 5,
        "B": (np.log10(params["B"]) + 4) / 4,
        "C": (np.log2(params["C"]) - 4 + 0.5) / 6,
        **({"E": params["E"] / 10} if "E" in params else {}),
    }
    total = 0.0
    for name, place in places.items():
        share = min(0.95, BELIEFS[name]["confidence"])
        at, sd = SCALED[name]
        density = truncnorm(-at / sd, (1 - at) / sd, loc=at, scale=sd).pdf(place)
        total += np.log(1 - share + share * density)
    return float(total + np.log(0.4 + 0.6 * 3 * (params["D"] == "y")))


zs = [5.0, 1.0, 0.0, -0.9, -1.1, -5.0, -19.9, -20.1, -40.0, -1e3, -1e6]
reference = {
    "versions": {"numpy": np.__version__, "scipy": scipy.__version__, "mpmath": mpmath.__version__},
    "space": SPACE,
    "train": train,
    "values": values.tolist(),
    "test": test,
    "hyper": hyper,
    "mean": mean.tolist(),
    "variance": variance.tolist(),
    "logLikelihood": float(multivariate_normal(np.zeros(len(x)), gram).logpdf(values)),
    "logPrior": float(prior),
    "doubts": doubts.tolist(),
    "doubted": {
        "mean": (cross @ doubted_alpha).tolist(),
        "variance": np.diag(kernel(at, at, hyper) - cross @ cho_solve(doubted_factor, cross.T)).tolist(),
        "atObserved": (kernel(x, x, hyper) @ doubted_alpha).tolist(),
        "logLikelihood": float(multivariate_normal(np.zeros(len(x)), doubted_gram).logpdf(values)),
    },
    "beliefs": {"parameters": BELIEFS},
    "logBelief": [log_belief(params) for params in test],
    "improvement": [
        {"best": float(best), "mean": float(m), "variance": float(v), "log": log_improvement(best, m, v)}
        for best, m, v in [(values.min(), m, v) for m, v in zip(mean, variance)] + [(z, 0.0, 1.0) for z in zs]
    ],
}
path = pathlib.Path(__file__).with_name("reference.json")
path.write_text(json.dumps(reference, indent=1) + "\n")

"""Writes golden/normal.json: SciPy's normal distribution where SciPy is exact, 60-digit mpmath where it cancels.

python test/optimizers/math/normal-golden.py    (scipy, numpy, mpmath)
"""

import json
from pathlib import Path

import mpmath as mp
import numpy as np
import scipy
from scipy.special import log_ndtr, ndtr, ndtri, ndtri_exp
from scipy.stats import norm, truncnorm

mp.mp.dps = 60


def exact_cdf_difference(a: float, b: float) -> mp.mpf:
    a, b = mp.mpf(a), mp.mpf(b)
    if a > 0:
        return (mp.erfc(a / mp.sqrt(2)) - mp.erfc(b / mp.sqrt(2))) / 2
    return (mp.erfc(-b / mp.sqrt(2)) - mp.erfc(-a / mp.sqrt(2))) / 2


def exact_log_difference(a: float, b: float) -> float:
    with mp.workdps(60 + int(max(abs(a), abs(b)) ** 2)):
        return float(mp.log(exact_cdf_difference(a, b)))


def exact_quantile(q: float, a: float, b: float) -> float:
    """The root of mass(a, x) = q · mass(a, b), by bisection: certain, if slow."""
    with mp.workdps(60 + int(max(abs(a), abs(b)) ** 2)):
        target = mp.mpf(q) * exact_cdf_difference(a, b)
        low, high = mp.mpf(a), mp.mpf(b)
        for _ in range(120):
            middle = (low + high) / 2
            if exact_cdf_difference(a, middle) < target:
                low = middle
            else:
                high = middle
        return float(low)


def rows(*columns) -> list:
    return [list(map(float, row)) for row in zip(*columns)]


points = np.concatenate([np.linspace(-37.5, 8.2, 120), [-1e-3, 1e-9, 0.3, 0.66, 0.663, 5.65, 5.66]])
far = np.concatenate([points, [-38.6, -50, -300, -1e4, 12, 30]])
probabilities = np.concatenate(
    [10.0 ** -np.arange(1, 308, 9), np.linspace(0.01, 0.99, 33), 1 - 10.0 ** -np.arange(1, 16), [0.075, 0.925]]
)
log_probabilities = -np.concatenate([10.0 ** np.arange(-12, 6.5, 0.5), [0.6931, 0.6932, 25, 25.01, 729, 730]])
intervals = [
    (-1, 2), (-0.3, 0.1), (-8, -7), (7, 8), (-40, -39), (38, 60), (-5, 30), (0, 1), (1, 2), (-1, 0), (-2, -1),
    (-20, -19.99), (20, 20.001), (-20, -20 + 1e-9), (5, 5 + 1e-12), (-0.4, -0.4 + 1e-7), (-1e-9, 1e-9), (3, 3.3),
    (-3.4, -3), (-10, 10), (-0.5, 0.5), (0.49, 1.49), (-100, -99.9), (60, 61), (-1.1, -0.01),
]  # fmt: skip
quantiles = [1e-12, 1e-4, 0.1, 0.3, 0.5, 0.7, 0.9999, 1 - 1e-10]

golden = {
    "versions": {"scipy": scipy.__version__, "numpy": np.__version__, "mpmath": mp.__version__},
    "pdf": rows(points, norm.pdf(points)),
    "logPdf": rows(far, norm.logpdf(far)),
    "cdf": rows(points, ndtr(points)),
    "logCdf": rows(far, log_ndtr(far)),
    "quantile": rows(probabilities, ndtri(probabilities)),
    "quantileOfLog": rows(log_probabilities, ndtri_exp(log_probabilities)),
    "logCdfDifference": [[a, b, exact_log_difference(a, b)] for a, b in intervals],
    "truncatedLogPdf": [
        [x, a, b, float(truncnorm.logpdf(x, a, b))]
        for a, b in intervals
        if b - a > 0.05
        for x in np.linspace(a, b, 5)
    ],
    "truncatedQuantile": [
        [q, a, b, exact_quantile(q, a, b)] for a, b in intervals if abs(a) < 50 and abs(b) < 50 for q in quantiles
    ],
    "scipyTruncatedQuantile": [
        [q, a, b, float(truncnorm.ppf(q, a, b))]
        for a, b in [(-1, 2), (-8, -7), (7, 8), (-40, -39), (1, 2), (-5, 30), (-10, 10), (-30, -10), (3, 9)]
        for q in [1e-4, 0.1, 0.3, 0.5, 0.7, 0.999]
    ],
}

target = Path(__file__).parent / "golden" / "normal.json"
target.write_text(json.dumps(golden) + "\n")
print(f"{target}: {sum(len(v) for v in golden.values() if isinstance(v, list))} rows")

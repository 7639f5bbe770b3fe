"""Writes the exact first two moments of a normal belief after the sign of x·θ + ε was seen, by quadrature.

    python3 test/optimizers/feasibility/sign-update.py          (needs scipy)
"""
import json
from pathlib import Path

import numpy as np
import scipy
from scipy.integrate import dblquad
from scipy.stats import multivariate_normal, norm

CASES = [
    ([0.3, -0.2], [[1.0, 0.3], [0.3, 0.5]], [1.0, 2.0], 0.01, 1),
    ([0.3, -0.2], [[1.0, 0.3], [0.3, 0.5]], [1.0, 2.0], 0.01, -1),
    ([-1.5, 0.4], [[0.4, -0.1], [-0.1, 0.2]], [1.0, 0.5], 0.2, 1),
    ([2.0, 1.0], [[0.3, 0.0], [0.0, 0.7]], [1.0, -1.0], 0.05, 1),
]


def moments(mean, covariance, x, noise, sign):
    prior = multivariate_normal(mean, covariance)
    sd = np.sqrt(np.diag(covariance))
    lo, hi = np.array(mean) - 9 * sd, np.array(mean) + 9 * sd

    def integral(g):
        def f(b, a):
            return g(a, b) * prior.pdf([a, b]) * norm.cdf(sign * (x[0] * a + x[1] * b) / np.sqrt(noise))

        return dblquad(f, lo[0], hi[0], lo[1], hi[1], epsabs=1e-10, epsrel=1e-10)[0]

    z = integral(lambda a, b: 1)
    m = [integral(lambda a, b: a) / z, integral(lambda a, b: b) / z]
    c = lambda g: integral(g) / z
    caa = c(lambda a, b: a * a) - m[0] ** 2
    cab = c(lambda a, b: a * b) - m[0] * m[1]
    cbb = c(lambda a, b: b * b) - m[1] ** 2
    return m, [[caa, cab], [cab, cbb]]


cases = []
for mean, covariance, x, noise, sign in CASES:
    after_mean, after_covariance = moments(mean, covariance, x, noise, sign)
    cases.append(
        {
            "mean": mean,
            "covariance": covariance,
            "x": x,
            "noise": noise,
            "sign": sign,
            "afterMean": after_mean,
            "afterCovariance": after_covariance,
        }
    )
golden = {"made": "test/optimizers/feasibility/sign-update.py", "scipy": scipy.__version__, "cases": cases}
path = Path(__file__).parent / "golden/sign-update.json"
path.write_text(json.dumps(golden, indent=1) + "\n")

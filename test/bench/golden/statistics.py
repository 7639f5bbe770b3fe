"""Writes statistics.json beside itself: what SciPy says about the samples that the tests use.

    python test/bench/golden/statistics.py        (numpy, scipy)
"""

import json
import warnings
from pathlib import Path

import numpy as np
import scipy
from scipy import stats

warnings.simplefilter("ignore")
rng = np.random.default_rng(20260325)


def paired(name, n, decimals, shift):
    a = np.round(rng.normal(0, 1, n), decimals)
    b = np.round(a + rng.normal(shift, 1, n), decimals)
    return name, a, b


def wilcoxon(name, a, b):
    """Exact by every sign flip where SciPy can enumerate them, else by its own exact or normal distribution."""
    ties = len(np.unique(np.abs(a - b))) < len(a) or np.any(a == b)
    if len(a) > 50:
        method = "approx"
    elif ties:
        method = stats.PermutationMethod(n_resamples=2**len(a))
    else:
        method = "exact"
    keep = a != b
    result = stats.wilcoxon(a[keep], b[keep], alternative="less", correction=True, method=method)
    return {"name": name, "a": a.tolist(), "b": b.tolist(), "p": float(result.pvalue), "statistic": float(result.statistic)}


def holm(ps):
    """SciPy has no Holm: the largest of (m - rank) p over the smaller ones, by the definition."""
    adjusted = []
    for p in ps:
        smaller = sorted(q for q in ps if q <= p)
        adjusted.append(min(1.0, max((len(ps) - sum(r < q for r in ps)) * q for q in smaller)))
    return {"p": ps, "adjusted": adjusted}


def bootstrap(values):
    result = stats.bootstrap((values,), np.mean, n_resamples=200_000, method="percentile", rng=np.random.default_rng(1))
    interval = result.confidence_interval
    return {"values": values.tolist(), "low": float(interval.low), "high": float(interval.high)}


sample = np.round(rng.gamma(2, 1, 25), 4)
golden = {
    "versions": {"numpy": np.__version__, "scipy": scipy.__version__},
    "wilcoxon": [
        wilcoxon(*case)
        for case in [
            paired("three pairs", 3, 6, 1.0),
            paired("eight pairs", 8, 6, 0.8),
            paired("thirty-two pairs", 32, 6, 0.5),
            paired("fifty pairs", 50, 6, -0.3),
            paired("fourteen pairs with ties and zeros", 14, 0, 0.7),
            paired("sixty pairs, normal", 60, 6, 0.3),
            paired("eighty pairs with ties and zeros, normal", 80, 1, 0.2),
        ]
    ],
    "holm": [holm([0.01, 0.04, 0.03, 0.005]), holm([0.5, 0.9, 0.02, 0.02, 0.3]), holm([0.04])],
    "sample": {
        "values": sample.tolist(),
        "mean": float(np.mean(sample)),
        "sd": float(np.std(sample, ddof=1)),
        "quantiles": [[q, float(np.quantile(sample, q))] for q in (0, 0.025, 0.25, 0.5, 0.9, 1)],
    },
    "bootstrap": [bootstrap(sample), bootstrap(np.round(rng.normal(0.976, 0.001, 32), 6))],
    "slope": (lambda x, y: {"x": x.tolist(), "y": y.tolist(), "k": float(stats.linregress(np.log(x), np.log(y)).slope)})(
        np.array([100.0, 300, 1000, 5000]), np.array([1.1, 2.0, 5.5, 31.0])
    ),
}

Path(__file__).with_suffix(".json").write_text(json.dumps(golden, indent=1) + "\n")

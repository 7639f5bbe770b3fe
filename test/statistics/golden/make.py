"""Writes reference.json beside itself: what SciPy says about the samples that the tests use. Where SciPy has no such
function, the reference is an enumeration of everything that the null hypothesis makes equally likely.

    python -m venv /tmp/golden && /tmp/golden/bin/pip install numpy==2.4.6 scipy==1.17.1
    /tmp/golden/bin/python test/statistics/golden/make.py
"""

import itertools
import json
import math
import statistics
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


def tails(name, n, decimals, shift):
    """Every tail of the signed-rank test: exact, or by every sign flip where there are ties."""
    _, a, b = paired(name, n, decimals, shift)
    keep = a != b
    ties = len(np.unique(np.abs(a - b)[keep])) < keep.sum()
    method = stats.PermutationMethod(n_resamples=2**n) if ties else "exact"
    p = {t: float(stats.wilcoxon(a[keep], b[keep], alternative=t, method=method).pvalue) for t in TAILS}
    return {"name": name, "a": a.tolist(), "b": b.tolist(), "p": p}


TAILS = ("less", "greater", "two-sided")


def unpaired(n, m, decimals, shift):
    return np.round(later.normal(shift, 1, n), decimals), np.round(later.normal(0, 1, m), decimals)


def mann_whitney(name, n, m, decimals, shift):
    """Exact by SciPy without ties, by every way to draw the first sample with ties, normal where both are large."""
    a, b = unpaired(n, m, decimals, shift)
    pooled = np.concatenate([a, b])
    if n + m > 60:
        p = {t: float(stats.mannwhitneyu(a, b, alternative=t, method="asymptotic").pvalue) for t in TAILS}
    elif len(np.unique(pooled)) == n + m:
        p = {t: float(stats.mannwhitneyu(a, b, alternative=t, method="exact").pvalue) for t in TAILS}
    else:
        ranks = stats.rankdata(pooled)
        sums = np.array([sum(ranks[list(drawn)]) for drawn in itertools.combinations(range(n + m), n)])
        less, greater = float(np.mean(sums <= ranks[:n].sum())), float(np.mean(sums >= ranks[:n].sum()))
        p = {"less": less, "greater": greater, "two-sided": min(1.0, 2 * min(less, greater))}
    u = float(stats.mannwhitneyu(a, b).statistic)
    return {"name": name, "a": a.tolist(), "b": b.tolist(), "p": p, "statistic": u}


def accepted(candidates, p_at):
    """The interval whose shifts a test does not reject: p is constant between neighbouring candidates."""
    points = np.unique(candidates)
    middles = (points[1:] + points[:-1]) / 2
    inside = [i for i, middle in enumerate(middles) if p_at(middle) > 0.05]
    return {"estimate": float(np.median(candidates)), "low": float(points[inside[0]]), "high": float(points[inside[-1] + 1])}


def hodges_lehmann(n):
    d = np.round(later.normal(0.5, 1, n), 6)
    walsh = np.array([(d[i] + d[j]) / 2 for i in range(n) for j in range(i, n)])
    found = accepted(walsh, lambda shift: stats.wilcoxon(d - shift, method="exact").pvalue)
    return {"differences": d.tolist(), **found}


def hodges_lehmann_two(n, m):
    a, b = unpaired(n, m, 6, 0.5)
    between = np.subtract.outer(a, b).ravel()
    found = accepted(between, lambda shift: stats.mannwhitneyu(a - shift, b, method="exact").pvalue)
    return {"a": a.tolist(), "b": b.tolist(), **found}


def student():
    freedoms = [1, 2, 2.7, 5, 9, 30, 250.5]
    ts = [-30.0, -2.5, -0.7, 0.0, 0.01, 1.0, 3.3, 12.0]
    ps = [1e-9, 0.001, 0.025, 0.2, 0.5, 0.61, 0.95, 0.9995]
    return {
        "cdf": [[t, v, float(stats.t.cdf(t, v))] for v in freedoms for t in ts],
        "quantile": [[p, v, float(stats.t.ppf(p, v))] for v in freedoms for p in ps],
    }


def t_intervals():
    a, b = unpaired(7, 4, 4, 1.0)
    one, two = stats.ttest_1samp(a, 0).confidence_interval(0.95), stats.ttest_ind(a, b, equal_var=False).confidence_interval(0.95)
    return {"a": a.tolist(), "b": b.tolist(), "mean": [float(one.low), float(one.high)], "difference": [float(two.low), float(two.high)]}


def page(name, n, k, decimals, slope):
    """Exact by SciPy without ties, by every order of every block with ties, and SciPy's normal for many levels."""
    blocks = np.round(later.normal(0, 1, (n, k)) + slope * np.arange(k), decimals)
    ranks = np.array([stats.rankdata(block) for block in blocks])
    scores = np.arange(1, k + 1)
    observed = float((ranks @ scores).sum())
    if any(len(np.unique(block)) < k for block in blocks):
        of_block = [[float(np.dot(order, scores)) for order in itertools.permutations(own)] for own in ranks]
        sums = np.array([sum(each) for each in itertools.product(*of_block)])
        p = float(np.mean(sums >= observed))
    else:
        p = float(stats.page_trend_test(blocks, method="exact" if k <= 8 else "asymptotic").pvalue)
    return {"name": name, "blocks": blocks.tolist(), "statistic": observed, "p": p}


def j_statistic(samples):
    return sum(
        float(np.sum(np.subtract.outer(high, low) > 0) + 0.5 * np.sum(np.subtract.outer(high, low) == 0))
        for i, high in enumerate(samples)
        for low in samples[:i]
    )


def allocations(pooled, sizes):
    """Every way to deal the values out to samples of these sizes."""
    if len(sizes) == 1:
        yield [pooled]
        return
    for drawn in itertools.combinations(range(len(pooled)), sizes[0]):
        rest = np.delete(pooled, drawn)
        for others in allocations(rest, sizes[1:]):
            yield [pooled[list(drawn)], *others]


def jonckheere(name, sizes, decimals, slope):
    """By enumeration: exact without ties; with ties, the normal p with the enumerated mean and variance."""
    samples = [np.round(later.normal(slope * i, 1, n), decimals) for i, n in enumerate(sizes)]
    pooled = np.concatenate(samples)
    every = np.array([j_statistic(dealt) for dealt in allocations(pooled, sizes)])
    observed = j_statistic(samples)
    tied = len(np.unique(pooled)) < len(pooled)
    p = stats.norm.sf((observed - every.mean()) / every.std()) if tied else np.mean(every >= observed)
    return {"name": name, "samples": [s.tolist() for s in samples], "statistic": observed, "p": float(p)}


def correlation(n):
    a = np.round(later.normal(0, 1, n), 4)
    b = np.round(0.6 * a + later.normal(0, 1, n), 4)
    result = stats.pearsonr(a, b)
    interval = result.confidence_interval(0.95)
    return {"a": a.tolist(), "b": b.tolist(), "r": float(result.statistic), "low": float(interval.low), "high": float(interval.high)}


def e_process(gains):
    """By its definition, one stake after the other."""
    totals = []
    for stake in (0.25, 0.5, 1, 2, 4):
        product, seen, path = 1.0, [], []
        for gain in gains:
            if gain != 0:
                a = abs(gain) / (statistics.median(seen) if seen else abs(gain))
                product *= math.exp(stake * math.copysign(a, gain)) / math.cosh(stake * a)
                seen.append(abs(gain))
            path.append(product)
        totals.append(path)
    return {"gains": list(gains), "path": [statistics.fmean(step) for step in zip(*totals)]}


later = np.random.default_rng(20261126)
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
    "signedRankTails": [
        tails("five pairs", 5, 6, 0.8),
        tails("twelve pairs", 12, 6, 0.5),
        tails("twelve pairs with ties and zeros", 12, 0, 0.6),
    ],
    "mannWhitney": [
        mann_whitney("five and five", 5, 5, 6, 1.0),
        mann_whitney("twenty and twenty", 20, 20, 6, -0.5),
        mann_whitney("three and nine", 3, 9, 6, -1.0),
        mann_whitney("six and eight with ties", 6, 8, 0, 0.8),
        mann_whitney("forty and thirty, normal", 40, 30, 6, 0.3),
        mann_whitney("forty and fifty with ties, normal", 40, 50, 1, 0.3),
    ],
    "hodgesLehmann": [hodges_lehmann(n) for n in (6, 8, 13, 20)],
    "hodgesLehmannTwoSamples": [hodges_lehmann_two(n, m) for n, m in ((4, 4), (6, 9), (20, 20))],
    "student": student(),
    "tIntervals": t_intervals(),
    "page": [
        page("eight seeds, six levels", 8, 6, 6, 0.2),
        page("twenty seeds, four levels", 20, 4, 6, 0.1),
        page("three seeds, four levels, with ties", 3, 4, 0, 0.5),
        page("five seeds, ten levels, normal", 5, 10, 6, 0.05),
    ],
    "jonckheere": [
        jonckheere("three levels of three", [3, 3, 3], 6, 0.5),
        jonckheere("sizes 2, 4, 3", [2, 4, 3], 6, 1.0),
        jonckheere("with ties, normal", [3, 4, 2], 0, 0.7),
    ],
    "correlation": [correlation(n) for n in (5, 8, 30)],
    "eProcess": [
        e_process([1.5, -0.5, 2.0, 0.0, 0.75, 3.0, -4.0, 1.0]),
        e_process([0.0, 0.0, -1.0, 2.0]),
        e_process([round(float(x), 5) for x in later.normal(1, 1, 20)]),
    ],
}

Path(__file__).with_name("reference.json").write_text(json.dumps(golden, indent=1) + "\n")

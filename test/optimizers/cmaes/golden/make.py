"""Writes what the Python library `cmaes` makes of given draws, for test/optimizers/cmaes/golden.test.ts.

    python -m venv /tmp/golden && /tmp/golden/bin/pip install cmaes==0.13.1 numpy==2.4.6 scipy==1.17.1
    /tmp/golden/bin/python test/optimizers/cmaes/golden/make.py

A draw z becomes the step C^(1/2) z with the symmetric root, so it does not matter which eigenvectors a library finds.
"""

import json
import platform
from pathlib import Path

import cmaes
import numpy as np
import scipy

HERE = Path(__file__).parent
ROUNDED = 4


def draws(seed, generations, popsize, n):
    return np.round(np.random.RandomState(seed).randn(generations, popsize, n), ROUNDED)


def symmetric_step(optimizer, z):
    B, D = optimizer._eigen_decomposition()
    return B @ (D * (B.T @ z))


def ellipsoid(x):
    n = len(x)
    scales = 10.0 ** (3 * np.arange(n) / max(1, n - 1))
    return float(np.sum(scales * (x - 1) ** 2) + np.sum(x) ** 2)


def normal_state(cma):
    return {
        "mean": cma._mean.tolist(),
        "sigma": float(cma._sigma),
        "C": cma._C[np.tril_indices(len(cma._mean))].tolist(),
        "pSigma": cma._p_sigma.tolist(),
        "pC": cma._pc.tolist(),
    }


def plain(n, generations, lr_adapt=False):
    cma = cmaes.CMA(mean=np.full(n, 3.0), sigma=0.7, lr_adapt=lr_adapt)
    z = draws(n, generations, cma.population_size, n)
    history = []
    for g in range(generations):
        xs = [cma._mean + cma._sigma * symmetric_step(cma, z_i) for z_i in z[g]]
        cma.tell([(x, ellipsoid(x)) for x in xs])
        history.append({"mean": cma._mean.tolist(), "sigma": float(cma._sigma)})
    case = {"n": n, "mean": 3.0, "sigma": 0.7, "population": cma.population_size, "draws": z.tolist()}
    return {**case, "history": history, "final": normal_state(cma)}


def with_margin(generations):
    bounds = np.array([[-np.inf, np.inf]] * 3 + [[0, 1], [0, 10], [-1, 1]])
    steps = np.array([0, 0, 0, 1, 1, 0.5])
    mean = np.array([1.0, -1.0, 2.0, 0.4, 3.2, 0.1])
    cma = cmaes.CMAwM(mean=mean.copy(), sigma=0.2, bounds=bounds, steps=steps)
    z = draws(7, generations, cma.population_size, 6)
    history = []
    for g in range(generations):
        solutions = []
        for z_i in z[g]:
            raw = cma._cma._mean + cma._cma._sigma * symmetric_step(cma._cma, z_i)
            run = raw.copy()
            run[cma._discrete_idx] = cma._encode_discrete_params(raw[cma._discrete_idx])
            solutions.append((raw, ellipsoid(run)))
        cma.tell(solutions)
        history.append({**normal_state(cma._cma), "A": cma._A.tolist()})
    cells = [None, None, None, [0, 1], list(range(11)), [-1, -0.5, 0, 0.5, 1]]
    case = {"mean": mean.tolist(), "sigma": 0.2, "population": cma.population_size, "cells": cells}
    return {**case, "margin": float(cma.margin), "draws": z.tolist(), "history": history}


def with_categories(generations):
    z_space = [[0, 1, 2, 4, 8], [-2, -1, 0, 1, 2], [1, 1.5, 2, 2.5, 3]]
    c_space = [3, 5]
    mean = np.array([1.0, -1.0, 2.0, 2.2, 0.6, 1.9])
    cma = cmaes.CatCMAwM(
        x_space=[[-np.inf, np.inf]] * 3, z_space=z_space, c_space=c_space,
        mean=mean.copy(), sigma=0.8, cov=np.eye(6),
    )  # fmt: skip
    z = draws(11, generations, cma.population_size, 6)
    u = np.round(np.random.RandomState(13).rand(generations, cma.population_size, 2), ROUNDED)
    history = []
    for g in range(generations):
        solutions = []
        for z_i, u_i in zip(z[g], u[g]):
            v = cma._mean + cma._sigma * cma._A * symmetric_step(cma, z_i)
            cumulated = cma._q.cumsum(axis=1)
            c = (cumulated - cma._q <= u_i[:, None]) & (u_i[:, None] < cumulated)
            integers = cma._discretization(v[cma._discrete_idx])
            value = ellipsoid(np.concatenate([v[:3], integers])) + 3 * float(np.sum(~c[:, 0] * [1, 40]))
            solutions.append((cmaes.CatCMAwM.Solution(v[:3], integers, c, v), value))
        cma.tell(solutions)
        state = {"A": cma._A.tolist(), "mutation": cma._pmut.tolist(), "q": cma._q.tolist()}
        asng = {"s": cma._s.tolist(), "gamma": float(cma._gamma), "Delta": float(cma._Delta)}
        history.append({**normal_state(cma), **state, **asng})
    case = {"mean": mean.tolist(), "sigma": 0.8, "population": cma.population_size}
    spaces = {"cells": [None] * 3 + z_space, "categories": c_space}
    return {**case, **spaces, "draws": z.tolist(), "uniforms": u.tolist(), "history": history}


def write(name, content):
    versions = {
        "cmaes": cmaes.__version__ if hasattr(cmaes, "__version__") else "0.13.1",
        "numpy": np.__version__,
        "scipy": scipy.__version__,
        "python": platform.python_version(),
    }
    text = json.dumps({"madeBy": "test/optimizers/cmaes/golden/make.py", "versions": versions, **content})
    (HERE / f"{name}.json").write_text(text + "\n")


if __name__ == "__main__":
    write("normal", {"cases": [plain(2, 20), plain(13, 10), plain(40, 4)]})
    write("learning-rate", {"cases": [plain(2, 20, lr_adapt=True), plain(5, 12, lr_adapt=True)]})
    write("margin", with_margin(25))
    write("categories", with_categories(25))

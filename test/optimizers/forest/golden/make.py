"""What scikit-learn says of the trees of optimizers/forest: writes reference.json beside this file.

    python3 -m venv .venv && .venv/bin/pip install numpy==2.4.6 scikit-learn==1.9.1
    .venv/bin/python test/optimizers/forest/golden/make.py

Every split is found by scikit-learn: of each column by a tree of depth one on the rows of the node. A column of names is
given to it as the places of its names in the order of their means, which makes the best subset a threshold (Breiman et al.
1984, theorem 4.5); the script checks that against all subsets. The bootstrap samples, the order in which columns are
considered and the places of thresholds come from a list of uniform numbers, which the reference holds: our trees are
grown from the same list. With thresholds in the middle, whole trees are compared with scikit-learn's own too.
"""

import itertools
import json
import pathlib

import numpy as np
import sklearn
from sklearn.tree import DecisionTreeRegressor

ROWS, AT, TREES = 40, 12, 3
LEAF = 2
# Of the columns that can split a node, so many are considered.
CONSIDERED = 3
TIE = 1e-9


class Stream:
    """Uniform numbers, remembered in the order in which they were drawn."""

    def __init__(self, seed, middle=False):
        self.rng = np.random.default_rng(seed)
        self.middle = middle
        self.drawn = []

    def uniform(self):
        self.drawn.append(float(self.rng.uniform()))
        return self.drawn[-1]

    def below(self, n):
        return int(self.uniform() * n)


def draw(rng):
    """A point of the space below; scikit-learn computes in 32 bits, so numbers are multiples of 1/1024."""
    params = {
        "A": int(rng.integers(0, 1025)) / 1024,
        "B": int(rng.integers(0, 1025)) / 1024,
        "C": int(rng.integers(0, 5)),
        "D": str(rng.choice(list("vwxyz"))),
        "E": bool(rng.integers(0, 2)),
    }
    if params["D"] in "vw":
        params["F"] = int(rng.integers(0, 1025)) / 1024
    return params


SPACE = {
    "parameters": {
        "A": {"type": "float", "low": 0, "high": 1},
        "B": {"type": "float", "low": 0, "high": 1},
        "C": {"type": "int", "low": 0, "high": 4},
        "D": {"type": "categorical", "choices": list("vwxyz")},
        "E": {"type": "bool"},
        "F": {"type": "float", "low": 0, "high": 1, "when": {"D": ["v", "w"]}},
    }
}
METRIC = 5
NAMES = {5: 6, 6: 3}


def columns(params):
    """A, B, C, F, whether F is absent; then D and E, whose first name stands for absence."""
    absent = "F" not in params
    return [
        params["A"],
        params["B"],
        params["C"] / 4,
        0.5 if absent else params["F"],
        float(np.sqrt(0.75)) if absent else 0.0,
        float("vwxyz".index(params["D"])),
        float(params["E"]),
    ]


def stump(x, y):
    """scikit-learn's best split of one column: the places of its left rows, and by how much the squares fall."""
    tree = DecisionTreeRegressor(max_depth=1, min_samples_leaf=LEAF, random_state=0).fit(x[:, None], y).tree_
    if tree.node_count == 1:
        return None
    left = x.astype(np.float32) <= tree.threshold[0]
    squares = len(y) * tree.impurity[0] - sum(
        tree.n_node_samples[child] * tree.impurity[child] for child in (1, 2)
    )
    return left, float(squares), float(tree.threshold[0])


def split_of(x, y, column):
    values = x[:, column]
    if column < METRIC:
        if values.min() == values.max():
            return None
        found = stump(values, y)
        if found is None:
            return None
        left, gain, threshold = found
        below, above = values[left].max(), values[~left].min()
        assert np.isclose(threshold, (below + above) / 2, atol=1e-6)
        return {"column": column, "gain": gain, "below": below, "above": above}
    names = sorted(set(values), key=lambda name: (y[values == name].mean(), name))
    if len(names) < 2:
        return None
    found = stump(np.array([names.index(value) for value in values], dtype=float), y)
    if found is None:
        return None
    left, gain, _ = found
    assert gain >= best_subset(values, y, names) - 1e-9
    goes_left = set(values[left])
    sides = [None] * NAMES[column]
    for name in names:
        sides[int(name) + 1] = int(name in goes_left)
    return {"column": column, "gain": gain, "sides": sides}


def best_subset(values, y, names):
    def squares(rows):
        return ((y[rows] - y[rows].mean()) ** 2).sum()

    best = -np.inf
    for size in range(1, len(names)):
        for subset in itertools.combinations(names, size):
            left = np.isin(values, subset)
            if left.sum() >= LEAF and (~left).sum() >= LEAF:
                best = max(best, ((y - y.mean()) ** 2).sum() - squares(left) - squares(~left))
    return best


def best_split(x, y, order, considered, stream):
    best, able = None, 0
    squares = ((y - y.mean()) ** 2).sum()
    for place in range(len(order)):
        if able == considered:
            break
        chosen = place + stream.below(len(order) - place)
        order[place], order[chosen] = order[chosen], order[place]
        split = split_of(x, y, order[place])
        if split is None:
            continue
        able += 1
        if best is None or split["gain"] > best["gain"] + TIE * squares:
            best = split
    return best


def grow(x, y, order, considered, stream):
    """A node as [mean, variance, weight] or [column, threshold or sides, left, right]."""
    leaf = [float(y.mean()), float(y.var()), len(y)]
    if len(y) < 2 * LEAF or y.min() == y.max():
        return leaf
    split = best_split(x, y, order, considered, stream)
    if split is None:
        return leaf
    values = x[:, split["column"]]
    if "sides" in split:
        place = [int(stream.uniform() < 0.5) if side is None else side for side in split["sides"]]
        left = np.array([place[int(value) + 1] == 1 for value in values])
    else:
        share = 0.5 if stream.middle else stream.uniform()
        place = float(split["below"] + share * (split["above"] - split["below"]))
        left = values <= place
    children = [grow(x[side], y[side], order, considered, stream) for side in (left, ~left)]
    return [split["column"], place, *children]


def leaf_of(node, row):
    while len(node) == 4:
        column, place, left, right = node
        goes_left = row[column] <= place if column < METRIC else place[int(row[column]) + 1] == 1
        node = left if goes_left else right
    return node


def predictions(trees, rows):
    """By the law of total variance."""
    leaves = np.array([[leaf_of(tree, row) for tree in trees] for row in rows])
    means, variances = leaves[:, :, 0], leaves[:, :, 1]
    return means.mean(axis=1), variances.mean(axis=1) + means.var(axis=1)


rng = np.random.default_rng(11)
train, at = ([draw(rng) for _ in range(count)] for count in (ROWS, AT))
x, x_at = (np.array([columns(params) for params in some]) for some in (train, at))
values = (
    np.sin(5 * x[:, 0]) + 2 * (x[:, 1] - 0.4) ** 2 + 0.5 * (x[:, 5] == 2) + 0.3 * x[:, 4] * x[:, 6]
    + 0.1 * rng.normal(size=ROWS)
)

trees, draws = [], []
for t in range(TREES):
    stream = Stream(100 + t)
    bootstrap = [stream.below(ROWS) for _ in range(ROWS)]
    trees.append(grow(x[bootstrap], values[bootstrap], list(range(len(x[0]))), CONSIDERED, stream))
    draws.append(stream.drawn)
mean, variance = predictions(trees, x_at)

# With every column and thresholds in the middle these are scikit-learn's own trees. It breaks ties of columns by its
# random state, so one of a few states must give the same tree.
numeric, numeric_at = (np.array([[one["A"], one["B"], one["C"]] for one in some]) for some in (train, at))
for t in range(TREES):
    stream = Stream(200 + t, middle=True)
    bootstrap = [stream.below(ROWS) for _ in range(ROWS)]
    rows, y = numeric[bootstrap], values[bootstrap]
    LEAF = 5
    ours = predictions([grow(rows, y, [0, 1, 2], 3, stream)], numeric_at)[0]
    theirs = [
        DecisionTreeRegressor(min_samples_leaf=LEAF, random_state=state).fit(rows, y).predict(numeric_at)
        for state in range(30)
    ]
    assert any(np.allclose(ours, expected, atol=1e-9) for expected in theirs)
LEAF = 2

reference = {
    "versions": {"numpy": np.__version__, "sklearn": sklearn.__version__},
    "space": SPACE,
    "train": train,
    "values": values.tolist(),
    "at": at,
    "leaf": LEAF,
    "considered": CONSIDERED,
    "uniform": draws,
    "trees": trees,
    "mean": mean.tolist(),
    "variance": variance.tolist(),
}
path = pathlib.Path(__file__).with_name("reference.json")
path.write_text(json.dumps(reference) + "\n")

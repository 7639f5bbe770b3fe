"""The physical features of a configuration. features.ts computes the same; a test checks that they are equal."""

import numpy as np

from table import SEQUENCE, SPACE

PATTERNS = SPACE["WINDOW_PATTERN"]["choices"]

NAMES = [
    "depth", "log depth", "log2 dim", "log2 head dim", "log2 device batch", "log2 total batch", "log2 accumulation",
    "log params", "log flops", "log2 heads", "long share", "log embedding lr", "log unembedding lr", "log matrix lr",
    "log scalar lr", "log scaled embedding lr", "weight decay", "warm-up", "warm-down", "final fraction",
    "schedule overlap", "final area", *[f"pattern {pattern}" for pattern in PATTERNS],
]


def columns(rows):
    """Converts rows of natural values to arrays by name."""
    return {
        name: np.array([row[name] for row in rows], dtype=str if "choices" in parameter else float)
        for name, parameter in SPACE.items()
    }


def derived(c):
    depth, head = c["DEPTH"], c["HEAD_DIM"]
    dim = np.ceil(depth * c["ASPECT_RATIO"] / head) * head
    return {
        "dim": dim,
        "heads": dim / head,
        "params": 12 * depth * dim**2 + 16384 * dim + np.ceil(depth / 2) * 8192 * dim,
        "accumulation": c["TOTAL_BATCH_SIZE"] / (c["DEVICE_BATCH_SIZE"] * SEQUENCE),
        "long_share": long_share(depth, c["WINDOW_PATTERN"]),
    }


def long_share(depth, patterns):
    """The share of layers with full attention: the pattern is cycled, and the last layer is always long."""
    share = np.empty(len(depth))
    for i, (layers, pattern) in enumerate(zip(depth.astype(int), patterns)):
        windows = (str(pattern) * layers)[: layers - 1] + "L"
        share[i] = windows.count("L") / layers
    return share


def features(rows):
    c = columns(rows)
    d = derived(c)
    depth, dim, share = c["DEPTH"], d["dim"], d["long_share"]
    attention = 12 * depth * dim * SEQUENCE * (1 + share) / 2
    flops = 6 * (12 * depth * dim**2 + 8192 * dim) + attention
    warmup, warmdown, final = c["WARMUP_RATIO"], c["WARMDOWN_RATIO"], c["FINAL_LR_FRAC"]
    return np.column_stack(
        [
            depth,
            np.log(depth),
            np.log2(dim),
            np.log2(c["HEAD_DIM"]),
            np.log2(c["DEVICE_BATCH_SIZE"]),
            np.log2(c["TOTAL_BATCH_SIZE"]),
            np.log2(d["accumulation"]),
            np.log(d["params"]),
            np.log(flops),
            np.log2(d["heads"]),
            share,
            np.log(c["EMBEDDING_LR"]),
            np.log(c["UNEMBEDDING_LR"]),
            np.log(c["MATRIX_LR"]),
            np.log(c["SCALAR_LR"]),
            np.log(c["EMBEDDING_LR"] * (dim / 768) ** -0.5),
            c["WEIGHT_DECAY"],
            warmup,
            warmdown,
            final,
            np.maximum(0, warmup + warmdown - 1),
            final * warmdown,
            *[(c["WINDOW_PATTERN"] == pattern) * 1.0 for pattern in PATTERNS],
        ]
    )

"""Makes the images: ten kinds of figures, 16 × 16, turned, moved, in noise; the same on every machine.

    python prepare.py --out DATA [--train 8000] [--val 2048]

Writes train-images.npy (bytes) and train-labels.npy, and the same of val and of sealed, which is as large as val.
"""

import argparse
import json
from pathlib import Path

import numpy as np

SIDE = 16
KINDS = 10
NOISE = 0.45


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--train", type=int, default=8000)
    parser.add_argument("--val", type=int, default=2048)
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    for part, count, seed in (("train", arguments.train, 10), ("val", arguments.val, 11), ("sealed", arguments.val, 12)):
        images, labels = figures(count, np.random.default_rng(seed))
        np.save(arguments.out / f"{part}-images.npy", images)
        np.save(arguments.out / f"{part}-labels.npy", labels)
    (arguments.out / "meta.json").write_text(json.dumps({"side": SIDE, "kinds": KINDS}))
    print(f"{arguments.train} images to train on, {arguments.val} to be judged by")


def figures(count, random):
    labels = random.integers(KINDS, size=count).astype(np.uint8)
    grid = (np.arange(SIDE) - (SIDE - 1) / 2) / (SIDE / 2)
    images = np.empty((count, SIDE, SIDE), np.uint8)
    for i, label in enumerate(labels):
        angle, size = random.uniform(-0.6, 0.6), random.uniform(0.45, 0.8)
        moved = random.uniform(-0.25, 0.25, 2)
        x, y = np.meshgrid(grid - moved[0], grid - moved[1])
        x, y = (np.cos(angle) * x + np.sin(angle) * y) / size, (np.cos(angle) * y - np.sin(angle) * x) / size
        figure = inside(label, x, y) * random.uniform(0.5, 1)
        noisy = figure + NOISE * random.standard_normal((SIDE, SIDE))
        images[i] = np.clip(128 + 80 * noisy, 0, 255)
    return images, labels


def inside(label, x, y):
    """Which points belong to the figure: disc, ring, square, frame, plus, bar, two bars, triangle, diamond, chequers."""
    far, round_ = np.maximum(np.abs(x), np.abs(y)), np.hypot(x, y)
    return np.asarray(
        [
            round_ < 0.9,
            (round_ < 1) & (round_ > 0.55),
            far < 0.8,
            (far < 0.95) & (far > 0.55),
            (far < 1) & (np.minimum(np.abs(x), np.abs(y)) < 0.25),
            (np.abs(y) < 0.3) & (np.abs(x) < 1),
            (np.abs(np.abs(y) - 0.55) < 0.22) & (np.abs(x) < 1),
            (y < 0.8) & (np.abs(x) < (y + 1) / 2),
            np.abs(x) + np.abs(y) < 1,
            (far < 1) & ((x > 0) == (y > 0)),
        ][label],
        float,
    )


if __name__ == "__main__":
    main()

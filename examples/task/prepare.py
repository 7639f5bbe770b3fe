"""Makes the data: two classes in twenty features. The labels of the test part stay where only the scorer reads them.

    python prepare.py --out DATA
"""

import argparse
from pathlib import Path

import numpy as np
from sklearn.datasets import make_classification

parser = argparse.ArgumentParser()
parser.add_argument("--out", type=Path, required=True)
out = parser.parse_args().out
features, labels = make_classification(4000, 20, n_informative=8, n_clusters_per_class=4, flip_y=0.02, random_state=7)
(out / "train").mkdir(parents=True)
np.save(out / "train" / "features.npy", features[:2000])
np.save(out / "train" / "labels.npy", labels[:2000])
np.save(out / "train" / "test-features.npy", features[2000:])
np.save(out / "test-labels.npy", labels[2000:])

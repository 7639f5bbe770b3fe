"""Recognises handwritten digits. Knows nothing of Chiron: its constants are searched, its last line is the result."""

from sklearn.datasets import load_digits
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

PENALTY_C = 1.0
KERNEL_GAMMA = 0.02
KERNEL = "rbf"
SCALED = True

steps = [StandardScaler()] if SCALED else []
model = make_pipeline(*steps, SVC(C=PENALTY_C, gamma=KERNEL_GAMMA, kernel=KERNEL))
features, digits = load_digits(return_X_y=True)
scores = cross_val_score(model, features[:600], digits[:600], cv=3)
print(f"accuracy: {scores.mean():.5f}")

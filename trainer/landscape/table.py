"""Reads the table of recorded trials. Refuses a table with other columns, and drops rows whose configuration is not what ran."""

import csv
import math

COLUMNS = [
    "method", "model", "seed", "trial", "source", "outcome", "val_bpb", "train_seconds", "total_seconds",
    "peak_memory_gb", "tokens_per_second", "num_steps", "num_params_m", "real_depth",
    "DEPTH", "ASPECT_RATIO", "HEAD_DIM", "DEVICE_BATCH_SIZE", "TOTAL_BATCH_SIZE", "EMBEDDING_LR",
    "UNEMBEDDING_LR", "MATRIX_LR", "SCALAR_LR", "WEIGHT_DECAY", "WARMUP_RATIO", "WARMDOWN_RATIO",
    "FINAL_LR_FRAC", "WINDOW_PATTERN",
]
OUTCOMES = {"ok", "oom", "assertion", "diverged", "timeout", "crash"}

SEQUENCE = 2048

# The space of the recorded trials. The weights include it, and the evaluator refuses configurations outside it.
SPACE = {
    "DEPTH": {"kind": "int", "low": 4, "high": 24, "default": 8},
    "ASPECT_RATIO": {"kind": "int", "low": 32, "high": 128, "default": 64},
    "HEAD_DIM": {"kind": "power-of-two", "low": 64, "high": 256, "default": 128},
    "DEVICE_BATCH_SIZE": {"kind": "power-of-two", "low": 32, "high": 256, "default": 128},
    "TOTAL_BATCH_SIZE": {"kind": "power-of-two", "low": 65536, "high": 2097152, "default": 524288},
    "EMBEDDING_LR": {"kind": "float", "low": 0.01, "high": 2.0, "default": 0.6},
    "UNEMBEDDING_LR": {"kind": "float", "low": 0.0005, "high": 0.05, "default": 0.004},
    "MATRIX_LR": {"kind": "float", "low": 0.005, "high": 0.2, "default": 0.04},
    "SCALAR_LR": {"kind": "float", "low": 0.05, "high": 2.0, "default": 0.5},
    "WEIGHT_DECAY": {"kind": "float", "low": 0.0, "high": 0.5, "default": 0.2},
    "WARMUP_RATIO": {"kind": "float", "low": 0.0, "high": 0.3, "default": 0.0},
    "WARMDOWN_RATIO": {"kind": "float", "low": 0.1, "high": 0.8, "default": 0.5},
    "FINAL_LR_FRAC": {"kind": "float", "low": 0.0, "high": 0.2, "default": 0.0},
    "WINDOW_PATTERN": {
        "kind": "choice",
        "choices": ["SSSL", "SSLL", "SLSL", "LLLL", "SSSS", "LSSL"],
        "default": "SSSL",
    },
}
DEFAULTS = {name: parameter["default"] for name, parameter in SPACE.items()}


class TableError(ValueError):
    pass


def read_table(path):
    """The rows to fit, and the dropped rows by reason; each row is a dictionary of natural values."""
    try:
        with open(path, newline="", encoding="utf-8") as file:
            reader = csv.DictReader(file)
            require_columns(path, reader.fieldnames or [])
            rows = [typed(path, line, row) for line, row in enumerate(reader, start=2)]
    except OSError as error:
        raise TableError(f"{path} cannot be read: {error.strerror}") from None
    dropped = {}
    kept = []
    for row in rows:
        reason = fault(row)
        if reason is None:
            kept.append(row)
        else:
            dropped.setdefault(reason, []).append(row)
    return kept, dropped


def require_columns(path, found):
    missing = [name for name in COLUMNS if name not in found]
    unknown = [name for name in found if name not in COLUMNS]
    if missing or unknown or list(found) != COLUMNS:
        says = []
        if missing:
            says.append(f"missing: {', '.join(missing)}")
        if unknown:
            says.append(f"unknown: {', '.join(unknown)}")
        if not says:
            at = next(i for i, (a, b) in enumerate(zip(found, COLUMNS)) if a != b) if len(found) == len(COLUMNS) else None
            says.append("a column is repeated" if at is None else f"column {at + 1} is {found[at]}, expected {COLUMNS[at]}")
        raise TableError(f"{path}: the columns differ from those that this script fits: {'; '.join(says)}")


def typed(path, line, row):
    if row["outcome"] not in OUTCOMES:
        raise TableError(f"{path}, line {line}: outcome {row['outcome']!r} is none of {', '.join(sorted(OUTCOMES))}")
    out = {}
    for name in COLUMNS:
        text = row[name]
        if name in ("method", "model", "source", "outcome", "WINDOW_PATTERN"):
            out[name] = text
            continue
        try:
            out[name] = float(text) if text else math.nan
        except ValueError:
            raise TableError(f"{path}, line {line}: {name} is {text!r}, not a number") from None
    out["run"] = f"{out['method']}/{out['model'] or '-'}/{int(out['seed'])}"
    return out


def fault(row):
    """Why a row cannot be fitted; None if its 14 parameters are what ran, and inside the space."""
    if row["method"] == "agent-code":
        return "the code was edited: its parameters are not what ran"
    if row["outcome"] not in ("ok", "oom"):
        return f"{row['outcome']}: too few in the fixed space to fit"
    for name, parameter in SPACE.items():
        if "choices" in parameter:
            if row[name] not in parameter["choices"]:
                return f"{name} is outside the space"
        elif not parameter["low"] * (1 - 1e-9) <= row[name] <= parameter["high"] * (1 + 1e-9):
            return f"{name} is outside the space"
    if row["TOTAL_BATCH_SIZE"] % (row["DEVICE_BATCH_SIZE"] * SEQUENCE):
        return "TOTAL_BATCH_SIZE is no multiple of DEVICE_BATCH_SIZE × 2048"
    if row["outcome"] == "ok":
        if row["real_depth"] != row["DEPTH"]:
            return "real_depth differs from DEPTH: another configuration ran"
        if not math.isfinite(row["val_bpb"]):
            return "a success without val_bpb"
    return None

"""The pictures of the fidelity report, as SVG."""

import matplotlib

matplotlib.use("svg")
matplotlib.rcParams.update(
    {
        "svg.hashsalt": "chiron",
        "svg.fonttype": "none",
        "font.family": "sans-serif",
        "font.size": 10,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "figure.dpi": 110,
    }
)

import matplotlib.pyplot as plt  # noqa: E402
import numpy as np  # noqa: E402

INK, SEEN, FAILED = "#1f2933", "#2a6f97", "#c8553d"


def draw(judged, reproduced, paper, regions, folder):
    folder.mkdir(exist_ok=True)
    done = [row for row in judged if row["outcome"] == "ok"]
    save(predicted(done), folder / "predicted.svg", "Predicted against measured val_bpb, on runs left out")
    save(residuals(done, regions), folder / "residuals.svg", "Residual of val_bpb by region, on runs left out")
    save(memory(judged, done), folder / "memory.svg", "Error of peak memory, and trials either side of the limit")
    save(methods(reproduced, paper), folder / "methods.svg", "Best val_bpb and failed trials, simulated and in the paper")


def save(figure, path, title):
    figure.savefig(path, metadata={"Date": None, "Title": title}, bbox_inches="tight")
    plt.close(figure)


def predicted(done):
    measured = np.array([row["val_bpb"] for row in done])
    said = np.array([row["said"]["val_bpb"] for row in done])
    figure, (wide, close) = plt.subplots(1, 2, figsize=(10, 4.6))
    panel(wide, measured, said, 0.97, 1.4, "All of the range")
    panel(close, measured, said, 0.972, 1.0, "Where searches spend their time")
    close.axvspan(0.972, 0.985, color=SEEN, alpha=0.07, lw=0)
    figure.tight_layout()
    return figure


def panel(axes, measured, said, low, high, title):
    axes.plot([low, high], [low, high], color=INK, lw=0.8)
    axes.scatter(measured, said, s=5, alpha=0.25, color=SEEN, lw=0, rasterized=True)
    axes.set(xlim=(low, high), ylim=(low, high), title=title)
    axes.set(xlabel="measured val_bpb", ylabel="predicted, run left out")
    axes.set_aspect("equal")


def residuals(done, regions):
    figure, axes = plt.subplots(figsize=(9, 4))
    groups, labels = [], []
    for low, high in regions:
        inside = [row for row in done if low <= row["val_bpb"] < high]
        groups.append([row["said"]["val_bpb"] - row["val_bpb"] for row in inside])
        labels.append(label(low, high))
    axes.axhline(0, color=INK, lw=0.8)
    boxes = axes.boxplot(groups, whis=(5, 95), showfliers=False, patch_artist=True, widths=0.55)
    for box in boxes["boxes"]:
        box.set(facecolor="#cfe0ea", edgecolor=SEEN)
    for line in boxes["medians"]:
        line.set(color=FAILED)
    axes.set_yscale("symlog", linthresh=0.005)
    axes.set_yticks([-0.1, -0.03, -0.01, -0.005, -0.0025, 0, 0.0025, 0.005, 0.01, 0.03, 0.1])
    axes.yaxis.set_major_formatter(matplotlib.ticker.FormatStrFormatter("%g"))
    axes.set_xticks(range(1, len(labels) + 1), labels)
    axes.set(xlabel="measured val_bpb", ylabel="predicted − measured", title="Boxes hold half of the trials, whiskers 90 %")
    figure.tight_layout()
    return figure


def label(low, high):
    if not low:
        return f"below\n{high:g}"
    return f"{low:g} –\n{high:g}" if high < 4 else f"above\n{low:g}"


def memory(judged, done):
    figure, (left, right) = plt.subplots(1, 2, figsize=(10, 4.2))
    measured = np.array([row["peak_memory_gb"] for row in done])
    said = np.array([row["said"]["memory"] for row in done])
    left.axhline(0, color=INK, lw=0.8)
    left.scatter(measured, said - measured, s=5, alpha=0.3, color=SEEN, lw=0, rasterized=True)
    left.set(xlabel="measured peak, GB", ylabel="predicted − measured, GB", title="Peak memory of successes", ylim=(-0.5, 0.5))
    edges = np.arange(68, 84.01, 0.5)
    failed = [row["said"]["memory"] for row in judged if row["outcome"] == "oom"]
    right.hist(said, edges, color=SEEN, alpha=0.8, label="trained")
    right.hist(failed, edges, color=FAILED, alpha=0.7, label="out of memory")
    right.set(xlabel="predicted peak, GB", ylabel="trials", title="Either side of the limit")
    right.legend(frameon=False)
    figure.tight_layout()
    return figure


def methods(reproduced, paper):
    figure, (left, right) = plt.subplots(1, 2, figsize=(10, 3.4), sharey=True)
    names = list(reproduced["runs"])
    draw = np.random.default_rng(0)
    for i, name in enumerate(names):
        runs = reproduced["runs"][name]
        jitter = i + draw.uniform(-0.13, 0.13, len(runs)) + 0.12
        for axes, field in ((left, "best"), (right, "failed")):
            axes.scatter([run[field] for run in runs], jitter, s=12, alpha=0.5, color=SEEN, lw=0)
            axes.plot([np.mean([run[field] for run in runs])] * 2, [i - 0.05, i + 0.29], color=SEEN, lw=2)
        left.errorbar(paper[name]["best"], i - 0.2, xerr=paper[name]["sd"], fmt="D", color=FAILED, ms=5, capsize=3)
        right.plot(paper[name]["failed"], i - 0.2, "D", color=FAILED, ms=5)
    left.set_yticks(range(len(names)), names)
    left.set(xlabel="best val_bpb after 24 h")
    left.xaxis.set_major_locator(matplotlib.ticker.MultipleLocator(0.005))
    left.set_title("Dots: simulated seeds, with their mean; diamond: the paper", loc="left")
    right.set(xlabel="share of failed trials")
    right.xaxis.set_major_formatter(matplotlib.ticker.PercentFormatter(1, decimals=0))
    left.invert_yaxis()
    figure.tight_layout()
    return figure

"""Draws the values of a study and its best value so far as SVG, for notebooks."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .studies import Study

_WIDTH, _HEIGHT, _LEFT, _BOTTOM = 560, 220, 64, 28
#: More points would be drawn on one another.
_MOST_POINTS = 2000


def draw_curve(study: Study) -> str:
    ended = [(t.number, t.value) for t in study.trials("complete") if t.value is not None]
    if not ended:
        return f"<div>Study <b>{escape(study.name)}</b> ({study.state}): no trial is complete yet</div>"
    best = study.best
    head = f"<b>{escape(study.name)}</b>: {len(ended)} complete trials"
    if best is not None:
        head += f", best {escape(study.metric)} {best.value:.6g} (trial {best.number})"
    return f"<div>{head}<br>{_svg(ended, _best_so_far(ended, study.maximizes), study.metric)}</div>"


def _best_so_far(ended: list[tuple[int, float]], maximizes: bool) -> list[tuple[int, float]]:
    steps: list[tuple[int, float]] = []
    for number, value in ended:
        if not steps or (value > steps[-1][1] if maximizes else value < steps[-1][1]):
            steps.append((number, value))
    return steps


def _svg(ended: list[tuple[int, float]], steps: list[tuple[int, float]], metric: str) -> str:
    last = max(ended[-1][0], 1)
    low, high = _bounds([value for _, value in ended], [value for _, value in steps])

    def x(number: float) -> float:
        return _LEFT + (_WIDTH - _LEFT - 8) * number / last

    def y(value: float) -> float:
        share = (min(max(value, low), high) - low) / (high - low)
        return 8 + (_HEIGHT - _BOTTOM - 8) * (1 - share)

    every = -(-len(ended) // _MOST_POINTS)
    points = "".join(f'<circle cx="{x(n):.1f}" cy="{y(v):.1f}" r="2"/>' for n, v in ended[::every])
    line = f"M{x(steps[0][0]):.1f} {y(steps[0][1]):.1f}"
    line += "".join(f"H{x(n):.1f}V{y(v):.1f}" for n, v in steps[1:]) + f"H{x(last):.1f}"
    ground = _HEIGHT - _BOTTOM
    labels = (
        f'<text x="{_LEFT - 6}" y="16" text-anchor="end">{high:.4g}</text>'
        f'<text x="{_LEFT - 6}" y="{ground}" text-anchor="end">{low:.4g}</text>'
        f'<text x="{_LEFT}" y="{_HEIGHT - 8}">trial 0</text>'
        f'<text x="{_WIDTH - 8}" y="{_HEIGHT - 8}" text-anchor="end">{last}</text>'
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="{escape(metric)} by trial" '
        f'viewBox="0 0 {_WIDTH} {_HEIGHT}" width="{_WIDTH}" font-family="sans-serif" font-size="11" '
        'fill="currentColor">'
        f'<path d="M{_LEFT} 8V{ground}H{_WIDTH - 8}" fill="none" stroke="currentColor" stroke-opacity=".4"/>'
        f'<g fill-opacity=".3">{points}</g>'
        f'<path d="{line}" fill="none" stroke="#0b7a75" stroke-width="2"/>{labels}</svg>'
    )


def _bounds(values: list[float], best: list[float]) -> tuple[float, float]:
    """The central nine tenths of the values and every best one: a few bad values would flatten the curve."""
    ordered = sorted(values)
    cut = len(ordered) // 20
    shown = [ordered[cut], ordered[-1 - cut], *best]
    low, high = min(shown), max(shown)
    return (low, high) if high > low else (low - 0.5, low + 0.5)

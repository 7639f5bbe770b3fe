"""
A Hugging Face Trainer that reports to its trial, and stops where the trial is pruned:
`Trainer(..., callbacks=[chiron.huggingface.ChironCallback()])`.
"""

from __future__ import annotations

from typing import Any

from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from .errors import ChironError, Pruned
from .trials import Trial, current_trial


class ChironCallback(TrainerCallback):
    """
    Reports each evaluation. `metric` is by default the study's, or `eval_` and the study's. A pruned training ends by
    `chiron.Pruned`, after the Trainer has ended in order.
    """

    def __init__(self, metric: str | None = None, trial: Trial | None = None) -> None:
        self._trial = trial if trial is not None else current_trial()
        self._metric = metric
        self._stops = False

    def on_evaluate(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        metrics: dict[str, float] | None = None,
        **_: Any,
    ) -> None:
        if not state.is_world_process_zero or self._trial.state != "running":
            return
        value = find_metric(metrics or {}, self._metric, self._trial.study.metric)
        if self._trial.report(state.global_step, value, raises=False):
            self._stops = True
            control.should_training_stop = True

    def on_train_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any
    ) -> None:
        if self._stops and self._trial.state == "running":
            self._trial.prune()
        if self._stops:
            raise Pruned(f"Trial {self._trial.number} stops at step {state.global_step}")


def find_metric(metrics: dict[str, float], named: str | None, of_study: str) -> float:
    for name in (named,) if named is not None else (of_study, f"eval_{of_study}"):
        if name in metrics:
            return metrics[name]
    raise ChironError(
        f"The evaluation has no {named or of_study}; it has {', '.join(metrics)}: give the callback metric=…"
    )

"""
A Lightning Trainer that reports to its trial, and stops where the trial is pruned:
`Trainer(..., callbacks=[chiron.lightning.ChironCallback("val_loss")])`.
"""

from __future__ import annotations

from typing import Any

from lightning.pytorch import Callback, LightningModule, Trainer

from .errors import ChironError, Pruned
from .trials import Trial, current_trial


class ChironCallback(Callback):
    """
    Reports `monitor` (by default the study's metric) after each validation. A pruned training ends by `chiron.Pruned`,
    after the Trainer has ended in order.
    """

    def __init__(self, monitor: str | None = None, trial: Trial | None = None) -> None:
        self._trial = trial if trial is not None else current_trial()
        self._monitor = monitor or self._trial.study.metric
        self._stops = False

    def on_validation_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        if trainer.sanity_checking:
            return
        stops = self._report(trainer) if trainer.is_global_zero else False
        if trainer.strategy.broadcast(stops, src=0):  # every process stops at the same step
            self._stops = True
            trainer.should_stop = True

    def on_fit_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        if not self._stops:
            return
        if trainer.is_global_zero and self._trial.state == "running":
            self._trial.prune()
        raise Pruned(f"Trial {self._trial.number} stops at step {trainer.global_step}")

    def _report(self, trainer: Trainer) -> bool:
        found: Any = trainer.callback_metrics.get(self._monitor)
        if found is None:
            names = ", ".join(trainer.callback_metrics)
            raise ChironError(
                f"The validation logged no {self._monitor}; it logged {names}: give the callback monitor=…"
            )
        return self._trial.report(trainer.global_step, found, raises=False)

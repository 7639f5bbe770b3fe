"""Trainers of Hugging Face and Lightning that report to their trials and stop where those are pruned."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

import chiron
import chiron.huggingface
import chiron.lightning

HALVING = {"rule": "halving", "factor": 2}


class Line(torch.nn.Module):
    """A model of one weight. Its loss begins at `start` and does not change: the learning rate is 0."""

    def __init__(self, start: float) -> None:
        super().__init__()
        self.weight = torch.nn.Parameter(torch.tensor(start))

    def forward(self, x: torch.Tensor, labels: torch.Tensor | None = None) -> dict[str, torch.Tensor]:
        return {"loss": self.weight + 0 * x.sum(), "logits": x}


DATA = [{"x": torch.zeros(1), "labels": torch.zeros(1)} for _ in range(4)]


def train_with_hugging_face(trial: chiron.Trial, folder: Path) -> float:
    from transformers import Trainer, TrainingArguments

    arguments = TrainingArguments(
        output_dir=str(folder), num_train_epochs=4, eval_strategy="epoch", learning_rate=0.0, report_to=[],
        save_strategy="no", disable_tqdm=True, use_cpu=True, per_device_train_batch_size=4, logging_strategy="no",
    )  # fmt: skip
    callbacks = [chiron.huggingface.ChironCallback()]
    model = Line(float(trial.number))
    trainer = Trainer(model=model, args=arguments, train_dataset=DATA, eval_dataset=DATA, callbacks=callbacks)
    trainer.train()
    return float(trainer.evaluate()["eval_loss"])


def test_hugging_face(name: str, tmp_path: Path) -> None:
    study = chiron.study(
        name, {"x": chiron.real(0, 1)}, minimize="loss", trials=4, method="random", pruning=HALVING
    )
    study.optimize(lambda trial: train_with_hugging_face(trial, tmp_path))
    assert [t.state for t in study.trials()] == ["complete", "pruned", "pruned", "pruned"]
    reports = study.connection.get(f"{study.path}/trials/0")["reports"]
    assert len(reports) >= 4 and reports[0]["value"] == 0


def train_with_lightning(trial: chiron.Trial, folder: Path) -> float:
    import lightning

    class Module(lightning.LightningModule):
        def __init__(self) -> None:
            super().__init__()
            self.line = Line(float(trial.number))

        def training_step(self, batch: Any, index: int) -> Any:
            return self.line(batch["x"])["loss"]

        def validation_step(self, batch: Any, index: int) -> None:
            self.log("val_loss", self.line(batch["x"])["loss"])

        def configure_optimizers(self) -> Any:
            return torch.optim.SGD(self.parameters(), lr=0.0)

    trainer = lightning.Trainer(
        max_epochs=4, accelerator="cpu", logger=False, enable_checkpointing=False, enable_progress_bar=False,
        enable_model_summary=False, default_root_dir=str(folder),
        callbacks=[chiron.lightning.ChironCallback("val_loss")],
    )  # fmt: skip
    loader = torch.utils.data.DataLoader(DATA, batch_size=4)
    trainer.fit(Module(), loader, loader)
    return float(trainer.callback_metrics["val_loss"])


def test_lightning(name: str, tmp_path: Path) -> None:
    study = chiron.study(
        name, {"x": chiron.real(0, 1)}, minimize="loss", trials=4, method="random", pruning=HALVING
    )
    study.optimize(lambda trial: train_with_lightning(trial, tmp_path))
    assert [t.state for t in study.trials()] == ["complete", "pruned", "pruned", "pruned"]
    assert len(study.connection.get(f"{study.path}/trials/0")["reports"]) == 4


def test_a_callback_outside_of_a_trial() -> None:
    for module in (chiron.huggingface, chiron.lightning):
        with pytest.raises(chiron.OutsideTrial, match="or pass trial="):
            module.ChironCallback()


def test_memory_that_pytorch_cannot_allocate_is_oom(name: str) -> None:
    study = chiron.study(name, {"x": chiron.real(0, 1)}, trials=2, method="random")

    def train(trial: chiron.Trial) -> float:
        if trial.number == 1:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB")
        return float(torch.empty(2**60).sum())

    study.optimize(train)
    assert [t.failure for t in study.trials()] == ["oom", "oom"]

"""Small smooth networks (two tanh layers), trained in parallel, each on its own rows."""

from dataclasses import dataclass

import numpy as np
import torch


@dataclass(frozen=True)
class Recipe:
    hidden: tuple = (64, 64)
    epochs: int = 200
    batch: int = 256
    rate: float = 3e-3
    decay: float = 3e-2
    huber: float = 1.0


def train(x, y, weight, subsets, recipe, seed):
    """One network per subset of rows, from standardised inputs to a standardised target; weights as numpy arrays."""
    draw = torch.Generator().manual_seed(seed)
    sizes = (x.shape[1], *recipe.hidden, 1)
    weights, biases = initial(len(subsets), sizes, draw)
    optimizer = torch.optim.AdamW(
        [{"params": weights, "weight_decay": recipe.decay}, {"params": biases, "weight_decay": 0.0}], lr=recipe.rate
    )
    x, y, weight = (torch.as_tensor(a, dtype=torch.float32) for a in (x, y, weight))
    subsets = [torch.as_tensor(rows) for rows in subsets]
    steps = min(len(rows) for rows in subsets) // recipe.batch
    for epoch in range(recipe.epochs):
        order = torch.stack([rows[torch.randperm(len(rows), generator=draw)][: steps * recipe.batch] for rows in subsets])
        for step in range(steps):
            set_rate(optimizer, recipe.rate, (epoch * steps + step) / (recipe.epochs * steps))
            batch = order[:, step * recipe.batch : (step + 1) * recipe.batch]
            output = forward(weights, biases, x[batch])
            error = torch.nn.functional.huber_loss(output, y[batch], reduction="none", delta=recipe.huber)
            optimizer.zero_grad()
            (error * weight[batch]).mean(1).sum().backward()
            optimizer.step()
    return [
        [(w[i].detach().numpy().T.copy(), b[i, 0].detach().numpy().copy()) for w, b in zip(weights, biases)]
        for i in range(len(subsets))
    ]


def initial(count, sizes, draw):
    weights, biases = [], []
    for layer, (inputs, outputs) in enumerate(zip(sizes[:-1], sizes[1:])):
        weights.append((torch.randn(count, inputs, outputs, generator=draw) / inputs**0.5).requires_grad_())
        spread = 0.5 if layer == 0 else 0.0
        biases.append((spread * torch.randn(count, 1, outputs, generator=draw)).requires_grad_())
    return weights, biases


def set_rate(optimizer, peak, progress):
    """Linear warm-up over 3 % of the training, then a cosine to zero."""
    for group in optimizer.param_groups:
        group["lr"] = peak * min(1.0, progress / 0.03 + 0.01) * 0.5 * (1 + np.cos(np.pi * progress))


def forward(weights, biases, h):
    for w, b in zip(weights[:-1], biases[:-1]):
        h = torch.tanh(torch.baddbmm(b, h, w))
    return torch.baddbmm(biases[-1], h, weights[-1])[..., 0]


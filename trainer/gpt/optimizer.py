"""AdamW for embeddings and scalars, Muon for matrices. Rates are 0-dimensional tensors, so that a compiled step is not
specialised again for each value."""

from collections import defaultdict

import torch

ADAM_BETAS = (0.8, 0.95)
AGAIN_BETAS = (0.96, 0.95)
ADAM_EPS = 1e-10
REFERENCE_DIM = 768
MOMENTUM = (0.85, 0.95)
MOMENTUM_STEPS = 300
SECOND_MOMENT = 0.95
ORTHOGONALISATIONS = 5
NEWTON_SCHULZ = (3.4445, -4.7750, 2.0315)
"""Keller Jordan's quintic: steep at zero, so that five iterations bring every singular value near one."""


def orthogonalise(matrices, dtype):
    """Approximately the nearest orthogonal matrices: singular values of about 0.7 to 1.2."""
    a, b, c = NEWTON_SCHULZ
    x = matrices.to(dtype)
    tall = x.size(-2) > x.size(-1)
    x = x.mT if tall else x
    x = x / (x.norm(dim=(-2, -1), keepdim=True) + 1e-7)
    for _ in range(ORTHOGONALISATIONS):
        gram = x @ x.mT
        x = a * x + (b * gram + c * gram @ gram) @ x
    return (x.mT if tall else x).to(matrices.dtype)


def adam_step(parameter, gradient, mean, square, step, rate, beta1, beta2):
    mean.lerp_(gradient, 1 - beta1)
    square.lerp_(gradient.square(), 1 - beta2)
    corrected = (square / (1 - beta2**step)).sqrt() + ADAM_EPS
    parameter.sub_(rate / (1 - beta1**step) * mean / corrected)


def muon_step(parameters, gradients, momentum_of, neuron, rate, momentum, decay, dtype):
    momentum_of.lerp_(gradients, 1 - momentum)
    update = orthogonalise(gradients.lerp(momentum_of, momentum), dtype)  # Nesterov
    size = update.norm(dim=(-2, -1), keepdim=True)
    neuron.lerp_(update.square().mean(-1, keepdim=True), 1 - SECOND_MOMENT)
    update = update / (neuron.sqrt() + 1e-10)
    update = update * (size / (update.norm(dim=(-2, -1), keepdim=True) + 1e-10))  # as large as before
    cautious = update * parameters >= 0
    parameters.sub_(rate * (update + decay * parameters * cautious))


class Optimizer:
    def __init__(self, model, rates, compiled=False, dtype=torch.float32):
        """`rates`: EMBEDDING_LR, UNEMBEDDING_LR, MATRIX_LR, SCALAR_LR and WEIGHT_DECAY by their names."""
        device = model.head.weight.device
        self.dtype = dtype
        self.decay = rates["WEIGHT_DECAY"]
        scale = (model.shape.dim / REFERENCE_DIM) ** -0.5
        tables = [model.embedding.weight, *(t.weight for t in model.value_embeddings.values())]
        self.adams = [
            *(Adam(table, rates["EMBEDDING_LR"] * scale, ADAM_BETAS) for table in tables),
            Adam(model.head.weight, rates["UNEMBEDDING_LR"] * scale, ADAM_BETAS),
            Adam(model.stay, 0.01 * rates["SCALAR_LR"], ADAM_BETAS),
            Adam(model.again, rates["SCALAR_LR"], AGAIN_BETAS),
        ]
        shapes = defaultdict(list)
        for matrix in model.blocks.parameters():
            shapes[matrix.shape].append(matrix)
        self.muons = [Muon(matrices, rates["MATRIX_LR"]) for matrices in shapes.values()]
        self.steps = 0
        self.adam_step = torch.compile(adam_step, dynamic=False, fullgraph=True) if compiled else adam_step
        self.muon_step = torch.compile(muon_step, dynamic=False, fullgraph=True) if compiled else muon_step
        self.scalars = torch.zeros(4, device=device).unbind()

    @torch.no_grad()
    def step(self, schedule, progress):
        """`schedule` multiplies every rate; `progress` (0 to 1) reduces the weight decay to zero."""
        self.steps += 1
        step, rate, momentum, decay = self.scalars
        step.fill_(self.steps)
        for adam in self.adams:
            rate.fill_(adam.rate * schedule)
            self.adam_step(adam.parameter, adam.parameter.grad, adam.mean, adam.square, step, rate, *adam.betas)
        low, high = MOMENTUM
        momentum.fill_(low + (high - low) * min(1, self.steps / MOMENTUM_STEPS))
        decay.fill_(self.decay * (1 - progress))
        for muon in self.muons:
            rate.fill_(muon.rate * schedule)
            parameters = torch.stack(muon.matrices)
            gradients = torch.stack([matrix.grad for matrix in muon.matrices])
            self.muon_step(parameters, gradients, muon.momentum, muon.neuron, rate, momentum, decay, self.dtype)
            torch._foreach_copy_(muon.matrices, list(parameters.unbind()))


class Adam:
    def __init__(self, parameter, rate, betas):
        self.parameter, self.rate, self.betas = parameter, rate, betas
        self.mean, self.square = torch.zeros_like(parameter), torch.zeros_like(parameter)


class Muon:
    """Steps all matrices of one shape together."""

    def __init__(self, matrices, rate):
        rows, columns = matrices[0].shape
        self.matrices = matrices
        self.rate = rate * max(1, rows / columns) ** 0.5
        self.momentum = torch.zeros(len(matrices), rows, columns, device=matrices[0].device)
        self.neuron = torch.zeros(len(matrices), rows, 1, device=matrices[0].device)

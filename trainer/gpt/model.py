"""The network: a decoder-only transformer with value embeddings, windows of attention, and a soft cap on its logits."""

import math
from dataclasses import asdict, dataclass

import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.checkpoint import checkpoint

from attention import attend, choose, prepare

ROTARY_BASE = 10_000
SOFT_CAP = 15
GATE_CHANNELS = 32
LOGITS_AT_ONCE = 2**26
"""Where no compiler fuses the loss, the logits are made in pieces of at most so many, and made again for the gradient."""


@dataclass(frozen=True)
class Shape:
    depth: int
    heads: int
    head_dim: int
    vocabulary: int
    sequence: int
    windows: str
    """For each layer S (a window of half the sequence) or L (the whole sequence); the last layer is always L."""

    @property
    def dim(self):
        return self.heads * self.head_dim

    @property
    def layer_windows(self):
        pattern = [self.windows[i % len(self.windows)] for i in range(self.depth - 1)] + ["L"]
        return [self.sequence if window == "L" else self.sequence // 2 for window in pattern]

    def has_value_embedding(self, layer):
        return layer % 2 == (self.depth - 1) % 2

    def asdict(self):
        return asdict(self)


def shape_of(depth, aspect_ratio, head_dim, **more):
    return Shape(depth=depth, heads=math.ceil(depth * aspect_ratio / head_dim), head_dim=head_dim, **more)


def norm(x):
    return F.rms_norm(x, (x.size(-1),)).to(x.dtype)  # autocast may widen it


class Attention(nn.Module):
    def __init__(self, shape, layer):
        super().__init__()
        self.shape = shape
        self.window = shape.layer_windows[layer]
        self.query = nn.Linear(shape.dim, shape.dim, bias=False)
        self.key = nn.Linear(shape.dim, shape.dim, bias=False)
        self.value = nn.Linear(shape.dim, shape.dim, bias=False)
        self.out = nn.Linear(shape.dim, shape.dim, bias=False)
        self.gate = None
        if shape.has_value_embedding(layer):
            self.gate = nn.Linear(min(GATE_CHANNELS, shape.dim), shape.heads, bias=False)

    def forward(self, x, value_embedding, rotation, seen):
        batch, length, dim = x.shape
        by_head = (batch, length, self.shape.heads, self.shape.head_dim)
        query, key, value = self.query(x).view(by_head), self.key(x).view(by_head), self.value(x).view(by_head)
        if self.gate is not None:
            gate = 2 * torch.sigmoid(self.gate(x[..., : self.gate.in_features]))
            value = value + gate.unsqueeze(-1) * value_embedding.view(by_head)
        query, key = norm(rotate(query, rotation)), norm(rotate(key, rotation))
        query, key, value = (t.transpose(1, 2) for t in (query, key, value.to(query.dtype)))
        mixed = attend(query, key, value, seen[self.window])
        return self.out(mixed.transpose(1, 2).reshape(batch, length, dim))


def rotate(x, rotation):
    cos, sin = rotation
    half = x.size(-1) // 2
    first, second = x[..., :half], x[..., half:]
    return torch.cat([first * cos + second * sin, second * cos - first * sin], -1).to(x.dtype)


class Block(nn.Module):
    def __init__(self, shape, layer):
        super().__init__()
        self.attention = Attention(shape, layer)
        self.up = nn.Linear(shape.dim, 4 * shape.dim, bias=False)
        self.down = nn.Linear(4 * shape.dim, shape.dim, bias=False)

    def forward(self, x, first, stay, again, value_embedding, rotation, seen):
        x = stay.to(x.dtype) * x + again.to(x.dtype) * first
        x = x + self.attention(norm(x), value_embedding, rotation, seen)
        return x + self.down(F.relu(self.up(norm(x))).square())


class Gpt(nn.Module):
    def __init__(self, shape):
        super().__init__()
        self.shape = shape
        self.embedding = nn.Embedding(shape.vocabulary, shape.dim)
        self.blocks = nn.ModuleList(Block(shape, layer) for layer in range(shape.depth))
        self.value_embeddings = nn.ModuleDict(
            {
                str(layer): nn.Embedding(shape.vocabulary, shape.dim)
                for layer in range(shape.depth)
                if shape.has_value_embedding(layer)
            }
        )
        self.stay = nn.Parameter(torch.ones(shape.depth))  # λr
        self.again = nn.Parameter(torch.full((shape.depth,), 0.1))  # λ0
        self.head = nn.Linear(shape.dim, shape.vocabulary, bias=False)
        frequencies = ROTARY_BASE ** -(torch.arange(0, shape.head_dim, 2) / shape.head_dim)
        angles = torch.outer(torch.arange(shape.sequence), frequencies)[:, None, :]
        self.register_buffer("cos", angles.cos(), persistent=False)
        self.register_buffer("sin", angles.sin(), persistent=False)
        self.seen = {}
        self.begin()

    def place(self, device, kernels=None):
        """Moves the model to a device. `kernels` names the kernel of attention for each window; by default they are chosen."""
        length, windows = self.shape.sequence, self.shape.layer_windows
        dtype = torch.bfloat16 if device.type == "cuda" else torch.float32
        self.kernels = kernels or choose(length, windows, self.shape.head_dim, device, dtype)
        self.seen = {window: prepare(kernel, length, window, device) for window, kernel in self.kernels.items()}
        return self.to(device)

    @torch.no_grad()
    def begin(self):
        nn.init.normal_(self.embedding.weight)
        nn.init.normal_(self.head.weight, std=0.001)
        bound = math.sqrt(3) / math.sqrt(self.shape.dim)
        for block in self.blocks:
            attention = block.attention
            for layer in (attention.query, attention.key, attention.value, block.up):
                nn.init.uniform_(layer.weight, -bound, bound)
            for layer in (attention.out, block.down, attention.gate):
                if layer is not None:
                    nn.init.zeros_(layer.weight)
        for table in self.value_embeddings.values():
            nn.init.uniform_(table.weight, -bound, bound)

    def forward(self, tokens, dtype=None, targets=None):
        """Soft-capped logits in float32; with targets their mean loss, so that no logits live outside of a compiled graph.

        `dtype` is the type of the residual stream: by default bfloat16 under autocast.
        """
        dtype = dtype or (torch.bfloat16 if torch.is_autocast_enabled("cuda") else torch.float32)
        length = tokens.size(1)
        rotation = self.cos[:length].to(dtype), self.sin[:length].to(dtype)
        first = x = norm(self.embedding(tokens).to(dtype))
        for layer, block in enumerate(self.blocks):
            values = None
            if self.shape.has_value_embedding(layer):
                values = self.value_embeddings[str(layer)](tokens).to(dtype)
            x = block(x, first, self.stay[layer], self.again[layer], values, rotation, self.seen)
        return self.logits(x) if targets is None else self.loss(x, targets)

    def logits(self, x):
        logits = self.head(norm(x)).float()
        return SOFT_CAP * torch.tanh(logits / SOFT_CAP)

    def loss(self, x, targets):
        """The mean loss in nats, in pieces where the logits are many and no compiler keeps them out of memory."""
        x, targets = x.flatten(0, 1), targets.flatten()
        pieces = math.ceil(len(targets) * self.shape.vocabulary / LOGITS_AT_ONCE)
        if pieces <= 1 or torch.compiler.is_compiling():
            return self.piece_of_loss(x, targets) / len(targets)
        total = 0
        for rows, wanted in zip(x.tensor_split(pieces), targets.tensor_split(pieces)):
            total = total + checkpoint(self.piece_of_loss, rows, wanted, use_reentrant=False)
        return total / len(targets)

    def piece_of_loss(self, x, targets):
        return F.cross_entropy(self.logits(x), targets, reduction="sum")

    def compiled(self, how, **options):
        """`whole`: one graph, the fastest step. `block`: a graph for each kind of layer, which is compiled much sooner."""
        if how == "whole":
            return torch.compile(self, dynamic=False, **options)
        if how == "block":
            for block in self.blocks:
                block.compile(dynamic=False, **options)
            self.logits = torch.compile(self.logits, dynamic=False, **options)
            self.loss = torch.compile(self.loss, dynamic=False, **options)
        return self

    def count(self):
        """The number of parameters without the few scalars and gates, as in the memory formula of the search space."""
        small = {id(p) for p in (self.stay, self.again)}
        small |= {id(b.attention.gate.weight) for b in self.blocks if b.attention.gate is not None}
        return sum(p.numel() for p in self.parameters() if id(p) not in small)

    def flops_per_token(self):
        """FLOPs of forward and backward: 6 for each weight in a matrix product, 12 for each dimension and attended position."""
        weights = sum(p.numel() for p in self.blocks.parameters()) + self.head.weight.numel()
        return 6 * weights + sum(12 * self.shape.dim * window for window in self.shape.layer_windows)


def build(config, device):
    """The network that the weights of a trial belong to, for whoever judges it."""
    return Gpt(Shape(**config)).place(device)

"""A small convolutional network that tells ten kinds of figures apart."""

import torch.nn.functional as F
from torch import nn

SIDE = 16
KINDS = 10


class Figures(nn.Module):
    def __init__(self, channels, hidden):
        super().__init__()
        self.first = nn.Conv2d(1, channels, 3, padding=1)
        self.second = nn.Conv2d(channels, 2 * channels, 3, padding=1)
        self.hidden = nn.Linear(2 * channels * (SIDE // 4) ** 2, hidden)
        self.head = nn.Linear(hidden, KINDS)

    def forward(self, images):
        """Bytes of the shape (rows, 16, 16) to logits (rows, 10)."""
        x = images[:, None].float() / 128 - 1
        x = F.max_pool2d(F.relu(self.first(x)), 2)
        x = F.max_pool2d(F.relu(self.second(x)), 2)
        return self.head(F.relu(self.hidden(x.flatten(1))))


def build(config, device):
    return Figures(**config).to(device)

"""Packs documents into rows of tokens by best fit: every row is full, begins with a BOS, and has no padding."""

from bisect import bisect_right
from pathlib import Path

import numpy as np

POOL = 1000
"""The number of documents that a row is chosen from."""


class Documents:
    """Yields the documents of a file of tokens in order, and repeats them endlessly."""

    def __init__(self, path, bos):
        self.tokens = np.memmap(path, np.uint16, "r")
        self.starts = np.flatnonzero(self.tokens == bos)
        if len(self.starts) == 0 or self.starts[0] != 0:
            raise SystemExit(f"{Path(path).name} does not begin with a document")
        self.ends = np.append(self.starts[1:], len(self.tokens))
        self.next = 0

    def take(self):
        document = self.tokens[self.starts[self.next] : self.ends[self.next]]
        self.next = (self.next + 1) % len(self.starts)
        return document


def rows(documents, width, pool=POOL):
    """Fills a row with the longest document that fits, as long as one fits; then it cuts the shortest to the rest."""
    waiting, lengths = [], []  # both sorted by length
    while True:
        row = np.empty(width, np.int64)
        filled = 0
        while filled < width:
            while len(waiting) < pool:
                document = documents.take()
                at = bisect_right(lengths, len(document))
                waiting.insert(at, document)
                lengths.insert(at, len(document))
            fits = bisect_right(lengths, width - filled) - 1
            document = waiting.pop(max(fits, 0))
            lengths.pop(max(fits, 0))
            piece = document[: width - filled]  # what is cut off is not trained on: a row begins with a BOS
            row[filled : filled + len(piece)] = piece
            filled += len(piece)
        yield row


def batches(path, bos, width, count):
    """Yields arrays of `count` rows."""
    source = rows(Documents(path, bos), width)
    while True:
        yield np.stack([next(source) for _ in range(count)])

"""Makes batches ahead in a thread, in memory from which a card copies while it computes."""

import queue
import threading

import torch

AHEAD = 4


def ahead(source, device):
    """The same batches in the same order. Without a card they are made when they are asked for: the processor trains."""
    return Ahead(source) if device.cuda else source


class Ahead:
    def __init__(self, source):
        self.made = queue.Queue(AHEAD)
        threading.Thread(target=self.make, args=(source,), daemon=True).start()

    def make(self, source):
        try:
            for rows in source:
                tokens = torch.from_numpy(rows)
                self.made.put(tokens.pin_memory() if torch.cuda.is_available() else tokens)
        except BaseException as error:
            self.made.put(error)
        else:
            self.made.put(StopIteration())

    def __iter__(self):
        return self

    def __next__(self):
        made = self.made.get()
        if isinstance(made, BaseException):
            self.made.put(made)
            raise made
        return made

"""One model in several processes, which torchrun starts, one for each card (or, without cards, on one processor).

The batches of a step are dealt out in turn, and gradients are averaged over all of them before each step, so that so many processes
train as one would with the same total batch. The first process keeps the clock, reports, and writes the result.
"""

import itertools
import os

import torch
import torch.distributed as dist


def join(device):
    """Gives the process its card, and connects it to the others. Does nothing where torchrun has not started it."""
    world = int(os.environ.get("WORLD_SIZE", "1"))
    if world == 1:
        return
    if device.cuda:
        torch.cuda.set_device(int(os.environ["LOCAL_RANK"]))
    dist.init_process_group("cpu:gloo,cuda:nccl" if device.cuda else "gloo")
    device.rank, device.world = dist.get_rank(), world


def share(source, device):
    """Of the batches those of this process: every process goes through all of them."""
    return itertools.islice(source, device.rank, None, device.world)


def average(model, loss, device):
    """The loss and the gradients of the whole batch, of which each process has computed its own part."""
    if device.world == 1:
        return
    tensors = [loss, *(p.grad for p in model.parameters() if p.grad is not None)]
    for pending in [dist.all_reduce(tensor, async_op=True) for tensor in tensors]:
        pending.wait()
    torch._foreach_div_(tensors, device.world)


def agree(value, device):
    """The number of the first process, whose clock is everybody's."""
    if device.world == 1:
        return value
    said = torch.tensor(value, dtype=torch.float64)
    dist.broadcast(said, 0)
    return said.item()


def end(device):
    """All but the first process have done their part."""
    if device.world > 1:
        dist.barrier()
        dist.destroy_process_group()
    if device.rank > 0:
        raise SystemExit(0)

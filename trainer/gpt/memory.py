"""The peak memory of a training step by a dry run: no card, no arithmetic, only the sizes of what a card would hold.

The step is traced on fake tensors, in bfloat16 as on a card, and split into forward and backward by the partitioner of torch.compile, with the
decompositions of its compiler. Both graphs are then walked, with the rule by which that compiler stores values: results of matrix
products, of attention and of scatters are stored, and what these and the caller read; other operations are fused into whatever
reads them. A stored value is freed after its last reader, and its place is taken again where a pointwise operation writes as many bytes.

It is an estimate: it knows neither the allocator's rounding nor the workspaces of libraries.
"""

import math
import operator
from collections import defaultdict

import torch
from torch._functorch.aot_autograd import aot_function, make_boxed_func
from torch._functorch.partitioners import min_cut_rematerialization_partition
from torch._inductor.decomposition import select_decomp_table
from torch._subclasses.fake_tensor import FakeTensorMode

from model import Gpt
from optimizer import Optimizer

GIB = 2**30
STORED = ("mm", "bmm", "addmm", "_scaled_dot_product", "_flash_attention", "index_put", "scatter", "embedding_dense_backward", "sort")
VIEWS = ("view", "permute", "transpose", "t", "expand", "unsqueeze", "squeeze", "select", "slice", "alias", "reshape", "split", "as_strided", "detach")


def formula_gib(knobs, vocabulary=8192):
    """The published formula, of search-spaces/autoresearch-14.json."""
    depth, batch = knobs["DEPTH"], knobs["DEVICE_BATCH_SIZE"]
    dim = math.ceil(depth * knobs["ASPECT_RATIO"] / knobs["HEAD_DIM"]) * knobs["HEAD_DIM"]
    count = 12 * depth * dim**2 + 2 * vocabulary * dim + math.ceil(depth / 2) * vocabulary * dim
    return -0.03 + 0.0325 * batch + 0.0742 * batch * depth * dim / 1000 + 0.0124 * count / 1e6 + 0.0043 * batch * dim / 1000


def peak_gib(network, rows, pieces):
    """Of a step of `pieces` batches of `rows` rows, and what it is made of."""
    mode = FakeTensorMode(allow_non_fake_inputs=True)
    model = fake_model(network, mode)
    with mode:
        held = held_bytes(model)
        forward, backward = graphs_of(model, network, rows)
    gradients = sum(p.numel() * p.element_size() for p in model.parameters())
    before = held["parameters"] + held["optimizer"] + (gradients if pieces > 1 else 0)
    left, saved, in_forward = walk(forward)
    _, _, in_backward = walk(backward, kept_by=left)
    step = before + max(in_forward, in_backward)
    optimizing = held["parameters"] + held["optimizer"] + gradients + held["largest update"]
    peak = max(step, optimizing)
    return peak / GIB, {"parametersGib": before / GIB, "savedGib": saved / GIB, "forwardGib": in_forward / GIB, "backwardGib": in_backward / GIB, "optimizerGib": optimizing / GIB}


def fake_model(network, mode):
    with torch.device("meta"):
        model = Gpt(network)
    with mode:
        model.to_empty(device="cpu")
    model.seen = dict.fromkeys(network.layer_windows)
    return model


def held_bytes(model):
    optimizer = Optimizer(model, defaultdict(float))
    states = [t for adam in optimizer.adams for t in (adam.mean, adam.square)] + [t for m in optimizer.muons for t in (m.momentum, m.neuron)]
    groups = [sum(p.numel() for p in muon.matrices) for muon in optimizer.muons]
    return {
        "parameters": size_of(list(model.parameters())) + size_of(list(model.buffers())),
        "optimizer": size_of(states),
        "largest update": max(groups) * (4 + 4 + 4 + 3 * 2),  # stacked weights and gradients, the update, and bfloat16 iterates
    }


def size_of(tensors):
    return sum(t.numel() * t.element_size() for t in tensors)


def graphs_of(model, network, rows):
    given = {**dict(model.named_parameters()), **dict(model.named_buffers())}
    graphs = {}

    def step(values, tokens, targets):
        with torch.autocast("cpu", torch.bfloat16):
            return torch.func.functional_call(model, dict(zip(given, values)), (tokens, torch.bfloat16, targets))

    def keep(name):
        def compiler(graph, _):
            graphs[name] = graph
            return make_boxed_func(graph)

        return compiler

    with attention_of_fakes(), fused_loss():
        tokens, targets = (torch.zeros(rows, network.sequence, dtype=torch.int64, device="cpu") for _ in range(2))
        traced = aot_function(
            step,
            fw_compiler=keep("forward"),
            bw_compiler=keep("backward"),
            partition_fn=min_cut_rematerialization_partition,
            decompositions=select_decomp_table(),
        )
        traced(list(given.values()), tokens, targets).backward()
    return graphs["forward"], graphs["backward"]


class attention_of_fakes:
    """Torch's flash operator stands for whichever kernel runs: all of them keep query, key, value, output and a log-sum-exp."""

    def __enter__(self):
        import model

        self.module, self.kept = model, model.attend
        model.attend = lambda query, key, value, seen: torch.ops.aten._scaled_dot_product_flash_attention(query, key, value, 0.0, True)[0]

    def __exit__(self, *_):
        self.module.attend = self.kept


class fused_loss:
    """The loss in one piece, as in a compiled graph."""

    def __enter__(self):
        import model

        self.module, self.kept = model, model.LOGITS_AT_ONCE
        model.LOGITS_AT_ONCE = math.inf

    def __exit__(self, *_):
        self.module.LOGITS_AT_ONCE = self.kept


def walk(graph, kept_by=None):
    """What the graph leaves to its caller, as bytes by value, and the most bytes that it holds at once.

    The forward graph's inputs are weights and tokens, which are counted elsewhere. Those of the backward graph are what the forward
    graph left, `kept_by` the name of a value: two names may be views of one value.
    """
    nodes = list(graph.graph.nodes)
    base = {}
    for node in nodes:
        base[node] = base[node.args[0]] if is_view(node) else node
    if kept_by is not None:
        first = {}
        for node in nodes:
            if node.op == "placeholder" and node.name in kept_by:
                base[node] = first.setdefault(kept_by[node.name], node)
        base = {node: base[of] for node, of in base.items()}
    outputs = {base[n] for n in leaves(next(n for n in nodes if n.op == "output").args)}
    stored = stored_nodes(nodes, base, outputs)
    inputs = {base[n] for n in nodes if n.op == "placeholder"}
    reads = {}
    for node in nodes:
        read = ({base[i]} if base[i] in stored or base[i] in inputs else reads[base[i]] for i in node.all_input_nodes)
        reads[node] = set().union(*read)
    last = {read: place for place, node in enumerate(nodes) if node in stored for read in reads[node]}
    held = {n for n in inputs if kept_by is not None and n.name in kept_by}
    live = most = sum(map(bytes_of, held))
    for place, node in enumerate(nodes):
        if node not in stored:
            continue
        dying = {r for r in reads[node] if last[r] == place and r not in outputs and (r in stored or r in held)}
        size = bytes_of(node)
        in_place = not is_library(node) and any(bytes_of(r) == size for r in dying)
        most = max(most, live + (0 if in_place else size))
        live += size - sum(map(bytes_of, dying))
    left = {n.name: base[n].name for n in leaves(next(n for n in nodes if n.op == "output").args)}
    return left, sum(bytes_of(n) for n in outputs if n in stored), most


def stored_nodes(nodes, base, outputs):
    readers = defaultdict(set)
    for node in nodes:
        readers[base[node]] |= {reader for reader in node.users if not is_view(reader)}
    computed = (n for n in nodes if n.op not in ("placeholder", "output") and base[n] is n and bytes_of(n))
    return {n for n in computed if is_library(n) or n in outputs or any(is_library(reader) for reader in readers[n])}


def leaves(value):
    if isinstance(value, torch.fx.Node):
        yield value
    elif isinstance(value, (list, tuple)):
        for one in value:
            yield from leaves(one)


def name_of(node):
    return getattr(node.target, "_overloadpacket", node.target).__name__ if node.op == "call_function" else ""


def is_view(node):
    return node.op == "call_function" and (node.target is operator.getitem or name_of(node) in VIEWS)


def is_library(node):
    if name_of(node) == "scatter" and name_of(node.args[0]) == "full":
        return False  # the compiler's pass scatter_upon_const_tensor makes the gradient of the loss a comparison
    return any(name_of(node).startswith(name) if name.startswith("_") else name_of(node) == name for name in STORED)


def bytes_of(node):
    return sum(t.numel() * t.element_size() for t in leaves_of_value(node.meta.get("val")))


def leaves_of_value(value):
    if isinstance(value, torch.Tensor):
        yield value
    elif isinstance(value, (list, tuple)):
        for one in value:
            yield from leaves_of_value(one)

"""Causal attention, whole or by window, by the kernels that a machine may have; and the choice among them.

A query sees the last `window` positions, its own included. Every kernel takes query, key and value as (rows, heads, length,
head_dim) and must equal `masked`, forward and backward, within the rounding of the number format (`check` says by how much it
differs). Which kernel runs for which window is chosen by `choose`: in the order of preference of the device, or by a timing
that is kept in a file, so that a study pays for it once.

    sdpa          torch's causal attention (cuDNN or flash on CUDA): whole windows only
    flash         torch's own flash kernel with its window
    fa4, fa3      flash-attn-4 (flash_attn.cute) and flash-attn-3 (flash_attn_interface), where they are installed
    cudnn         cuDNN's sliding window through nvidia-cudnn-frontend, where it is installed
    triangles     a window of half the sequence as three causal triangles, for kernels that know no window
    flex          flex_attention over blocks, which is fast only in a compiled graph; flex-A-B has blocks of A queries and B keys
    masked        torch's attention with a mask: runs everywhere, and is the reference
"""

import importlib.util
import json
import math
import time
from dataclasses import dataclass
from functools import lru_cache

import torch
import torch.nn.functional as F
from torch.nn.attention.flex_attention import BlockMask, create_block_mask, flex_attention

aten = torch.ops.aten

TOLERANCE = {torch.bfloat16: 0.03, torch.float32: 1e-4}
"""The largest error of an output or gradient, as a share of the reference's largest value: a few roundings of the format."""

PREFERRED = {
    "cuda": {"whole": ["sdpa", "flash", "masked"], "window": ["fa4", "fa3", "cudnn", "flash", "triangles", "flex", "masked"]},
    "other": {"whole": ["sdpa"], "window": ["masked"]},
}
"""The order where nothing was timed. That of windows on CUDA is an expectation: no card has measured it."""

TIMED = {"whole": ["sdpa", "fa4", "fa3", "cudnn", "flash"], "window": [*PREFERRED["cuda"]["window"][:-1], "flex-128-64", "flex-64-64"]}
TIMED_ROWS, TIMED_HEADS, TIMED_RUNS = 16, 4, 5


@dataclass(frozen=True)
class Seen:
    """What the queries of a layer see, prepared for one kernel."""

    kernel: str
    window: int
    mask: torch.Tensor | BlockMask | None = None


def prepare(kernel, length, window, device):
    if kernel == "masked":
        return Seen(kernel, window, window_mask(length, window, device))
    if kernel.startswith("flex"):
        return Seen(kernel, window, window_blocks(length, window, device))
    return Seen(kernel, window)


def attend(query, key, value, seen):
    if seen.kernel == "sdpa":
        return F.scaled_dot_product_attention(query, key, value, is_causal=True)
    if seen.kernel == "masked":
        return F.scaled_dot_product_attention(query, key, value, attn_mask=seen.mask)
    if seen.kernel.startswith("flex"):
        return flex_attention(query, key, value, block_mask=seen.mask, kernel_options=flex_options(seen.kernel))
    if seen.kernel == "flash":
        return by_flash(query, key, value, seen.window)
    if seen.kernel == "fa3":
        return by_flash_3(query, key, value, seen.window)
    if seen.kernel == "triangles":
        return triangles(query, key, value)[0]
    return WINDOWED[seen.kernel](query, key, value, seen.window)[0]


def window_mask(length, window, device):
    position = torch.arange(length, device=device)
    return in_window(window)(None, None, position[:, None], position[None, :])


def window_blocks(length, window, device):
    return create_block_mask(in_window(window), None, None, length, length, device=device)


def in_window(window):
    return lambda _batch, _head, query, key: (query >= key) & (query - key < window)


def flex_options(kernel):
    """flex-128-64 has blocks of 128 queries and 64 keys, forward and backward; flex has torch's own choice."""
    if kernel == "flex":
        return None
    queries, keys = map(int, kernel.split("-")[1:])
    backward = {"BLOCK_M1": keys, "BLOCK_N1": queries, "BLOCK_M2": queries, "BLOCK_N2": keys}
    return {"BLOCK_M": queries, "BLOCK_N": keys, **backward}


def by_flash(query, key, value, window):
    """Of the positions before its own a query sees `window - 1`. The kernel's layout is (rows, length, heads, head_dim)."""
    query, key, value = (t.transpose(1, 2) for t in (query, key, value))
    length = query.size(1)
    bounds = {"window_size_left": window - 1 if window < length else -1, "window_size_right": 0}
    mixed, *_ = aten._flash_attention_forward(query, key, value, None, None, length, length, 0.0, window >= length, False, **bounds)
    return mixed.transpose(1, 2)


def by_flash_3(query, key, value, window):
    from flash_attn_interface import flash_attn_func

    query, key, value = (t.transpose(1, 2) for t in (query, key, value))
    bounds = (window - 1, 0) if window < query.size(1) else (-1, -1)
    mixed = flash_attn_func(query, key, value, causal=True, window_size=bounds)
    return (mixed[0] if isinstance(mixed, tuple) else mixed).transpose(1, 2)


# A window of half the sequence is three triangles: of the first half, of the second half, and what the second half sees of the
# first. The last one is causal too, once both are reversed: position q sees k > q. Two softmaxes over parts of a row are
# joined by their log-sum-exps; a part's gradient follows from the joined output and log-sum-exp, as in ring attention.


@torch.library.custom_op("chiron::triangles", mutates_args=())
def triangles(query: torch.Tensor, key: torch.Tensor, value: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """The output, and the log-sum-exp of each row of scores."""
    mixed, total = causal_forward(*(halves(t) for t in (query, key, value)))
    mixed, total = whole(mixed), whole(total)
    later, its_total = causal_forward(*seen_of_first_half(query, key, value))
    half = query.size(2) // 2
    ours, theirs = total[:, :, half:-1], its_total.flip(2)
    joined = torch.logaddexp(ours, theirs)
    shares = (ours - joined).exp().unsqueeze(-1), (theirs - joined).exp().unsqueeze(-1)
    mixed[:, :, half:-1] = (shares[0] * mixed[:, :, half:-1] + shares[1] * later.flip(2)).to(mixed.dtype)
    total[:, :, half:-1] = joined
    return mixed, total


@torch.library.custom_op("chiron::triangles_backward", mutates_args=())
def triangles_backward(
    gradient: torch.Tensor, query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, mixed: torch.Tensor, total: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    parts = causal_backward(*(halves(t) for t in (gradient, query, key, value, mixed, total)))
    gradients = [whole(part) for part in parts]
    half = query.size(2) // 2
    last = [t[:, :, half:-1].flip(2) for t in (gradient, mixed, total)]
    of_query, of_key, of_value = causal_backward(last[0], *seen_of_first_half(query, key, value), last[1], last[2])
    gradients[0][:, :, half:-1] += of_query.flip(2)
    gradients[1][:, :, 1:half] += of_key.flip(2)
    gradients[2][:, :, 1:half] += of_value.flip(2)
    return tuple(gradients)


def halves(tensor):
    """(rows, heads, length, …) as (2 rows, heads, length / 2, …)."""
    rows, heads, length, *rest = tensor.shape
    return tensor.transpose(1, 2).reshape(2 * rows, length // 2, heads, *rest).transpose(1, 2)


def whole(tensor):
    rows, heads, half, *rest = tensor.shape
    return tensor.transpose(1, 2).reshape(rows // 2, 2 * half, heads, *rest).transpose(1, 2).contiguous()


def seen_of_first_half(query, key, value):
    """Reversed: the second half's queries but the last, which sees nothing there, and the first half's keys but the first."""
    half = query.size(2) // 2
    return query[:, :, half:-1].flip(2), key[:, :, 1:half].flip(2), value[:, :, 1:half].flip(2)


@triangles.register_fake
def _(query, key, value):
    return torch.empty_like(query, memory_format=torch.contiguous_format), query.new_empty(query.shape[:3], dtype=torch.float32)


@triangles_backward.register_fake
def _(gradient, query, key, value, mixed, total):
    return tuple(torch.empty_like(t, memory_format=torch.contiguous_format) for t in (query, key, value))


def keep_for_backward(ctx, inputs, output):
    ctx.save_for_backward(*inputs[:3], *output)


def triangles_gradient(ctx, gradient, _):
    return triangles_backward(gradient, *ctx.saved_tensors)


triangles.register_autograd(triangles_gradient, setup_context=keep_for_backward)


def causal_forward(query, key, value):
    """Causal attention with the log-sum-exp of each row, (rows, heads, length)."""
    if query.device.type == "cpu":
        mixed, total = aten._scaled_dot_product_flash_attention_for_cpu(query, key, value, 0.0, True)
        return mixed, total.float()
    if has_cudnn_attention(query.device, query.size(-1)):
        mixed, total, *_ = aten._scaled_dot_product_cudnn_attention(query, key, value, None, True, 0.0, True, False)
        return mixed, total.reshape(query.shape[:3])
    mixed, total, *_ = aten._scaled_dot_product_flash_attention(query, key, value, 0.0, True, False)
    return mixed, total[..., : query.size(2)]


def causal_backward(gradient, query, key, value, mixed, total):
    if query.device.type == "cpu":
        return aten._scaled_dot_product_flash_attention_for_cpu_backward(gradient, query, key, value, mixed, total.contiguous(), 0.0, True)
    length = query.size(2)
    nothing = torch.zeros((), dtype=torch.int64, device=query.device)
    given = (gradient.contiguous(), query.contiguous(), key.contiguous(), value.contiguous(), mixed.contiguous())
    if has_cudnn_attention(query.device, query.size(-1)):
        total = total.contiguous().unsqueeze(-1)
        return aten._scaled_dot_product_cudnn_attention_backward(
            *given, total, nothing, nothing, None, None, None, length, length, 0.0, True
        )
    return aten._scaled_dot_product_flash_attention_backward(
        *given, total.contiguous(), None, None, length, length, 0.0, True, nothing, nothing
    )


@lru_cache
def has_cudnn_attention(device, head_dim):
    return torch.cuda.get_device_capability(device)[0] >= 9 and head_dim <= 128 and torch.backends.cuda.cudnn_sdp_enabled()


# Kernels of installed packages, as operators that a compiled graph holds as they are.


def windowed_operator(name, forward, backward):
    """An operator of query, key, value and window out of two functions; both give the output and the log-sum-exp along."""

    @torch.library.custom_op(f"chiron::{name}", mutates_args=())
    def operator(query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, window: int) -> tuple[torch.Tensor, torch.Tensor]:
        mixed, total = forward(query, key, value, window)
        return mixed.contiguous(), total.contiguous()

    @torch.library.custom_op(f"chiron::{name}_backward", mutates_args=())
    def operator_backward(
        gradient: torch.Tensor,
        query: torch.Tensor,
        key: torch.Tensor,
        value: torch.Tensor,
        mixed: torch.Tensor,
        total: torch.Tensor,
        window: int,
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        return tuple(t.contiguous() for t in backward(gradient, query, key, value, mixed, total, window))

    @operator.register_fake
    def _(query, key, value, window):
        return torch.empty_like(query, memory_format=torch.contiguous_format), query.new_empty(query.shape[:3], dtype=torch.float32)

    @operator_backward.register_fake
    def _(gradient, query, key, value, mixed, total, window):
        return tuple(torch.empty_like(t, memory_format=torch.contiguous_format) for t in (query, key, value))

    def keep(ctx, inputs, output):
        keep_for_backward(ctx, inputs, output)
        ctx.window = inputs[3]

    def gradient_of(ctx, gradient, _):
        return *operator_backward(gradient, *ctx.saved_tensors, ctx.window), None

    operator.register_autograd(gradient_of, setup_context=keep)
    return operator


def fa4_forward(query, key, value, window):
    from flash_attn.cute.interface import _flash_attn_fwd

    query, key, value = (t.transpose(1, 2).contiguous() for t in (query, key, value))
    mixed, total, *_ = _flash_attn_fwd(query, key, value, return_lse=True, **fa4_bounds(query.size(1), window))
    return mixed.transpose(1, 2), total


def fa4_backward(gradient, query, key, value, mixed, total, window):
    from flash_attn.cute.interface import _flash_attn_bwd

    query, key, value, mixed, gradient = (t.transpose(1, 2).contiguous() for t in (query, key, value, mixed, gradient))
    gradients = _flash_attn_bwd(query, key, value, mixed, gradient, total, **fa4_bounds(query.size(1), window))
    return [t.transpose(1, 2) for t in gradients[:3]]


def fa4_bounds(length, window):
    return {"causal": True} if window >= length else {"causal": False, "window_size_left": window - 1, "window_size_right": 0}


def cudnn_forward(query, key, value, window):
    graph, tensors, workspace = cudnn_plan("forward", query.shape, window, query.dtype, query.device)
    query, key, value = (t.contiguous() for t in (query, key, value))
    mixed = torch.empty_like(query)
    total = torch.empty(*query.shape[:3], 1, dtype=torch.float32, device=query.device)
    cudnn_execute(graph, dict(zip(tensors, (query, key, value, mixed, total))), workspace, query.device)
    return mixed, total.squeeze(-1)


def cudnn_backward(gradient, query, key, value, mixed, total, window):
    graph, tensors, workspace = cudnn_plan("backward", query.shape, window, query.dtype, query.device)
    given = [t.contiguous() for t in (query, key, value, mixed, gradient)]
    gradients = [torch.empty_like(given[0]) for _ in range(3)]
    cudnn_execute(graph, dict(zip(tensors, (*given, total.unsqueeze(-1), *gradients))), workspace, query.device)
    return gradients


@lru_cache
def cudnn_handle(device):
    import cudnn

    return cudnn.create_handle()


def cudnn_execute(graph, values, workspace, device):
    import cudnn

    handle = cudnn_handle(device)
    cudnn.set_stream(handle=handle, stream=torch.cuda.current_stream(device).cuda_stream)
    graph.execute(values, workspace, handle=handle)


@lru_cache
def cudnn_plan(direction, shape, window, dtype, device):
    """A built graph with its tensors in the order of its values, and its workspace."""
    import cudnn

    graph = cudnn.pygraph(
        io_data_type=cudnn.data_type.BFLOAT16 if dtype == torch.bfloat16 else cudnn.data_type.HALF,
        intermediate_data_type=cudnn.data_type.FLOAT,
        compute_data_type=cudnn.data_type.FLOAT,
        handle=cudnn_handle(device),
    )
    like = torch.empty(shape, dtype=dtype, device=device)
    bounds = {"diagonal_alignment": cudnn.diagonal_alignment.TOP_LEFT, "diagonal_band_right_bound": 0}
    if window < shape[2]:
        bounds["diagonal_band_left_bound"] = window
    scale = 1 / math.sqrt(shape[3])
    query, key, value = (graph.tensor_like(like) for _ in range(3))
    if direction == "forward":
        mixed, total = graph.sdpa(name="sdpa", q=query, k=key, v=value, generate_stats=True, attn_scale=scale, **bounds)
        mixed.set_output(True).set_dim(like.shape).set_stride(like.stride())
        total.set_output(True).set_data_type(cudnn.data_type.FLOAT)
        tensors = query, key, value, mixed, total
    else:
        mixed, gradient = graph.tensor_like(like), graph.tensor_like(like)
        total = graph.tensor_like(torch.empty(*shape[:3], 1, dtype=torch.float32, device=device))
        found = graph.sdpa_backward(
            name="sdpa_backward", q=query, k=key, v=value, o=mixed, dO=gradient, stats=total, attn_scale=scale, **bounds
        )
        for one in found:
            one.set_output(True).set_dim(like.shape).set_stride(like.stride())
        tensors = query, key, value, mixed, gradient, total, *found
    graph.validate()
    graph.build_operation_graph()
    graph.create_execution_plans([cudnn.heur_mode.A, cudnn.heur_mode.FALLBACK])
    graph.check_support()
    graph.build_plans()
    return graph, tensors, torch.empty(graph.get_workspace_size(), dtype=torch.uint8, device=device)


WINDOWED = {
    "fa4": windowed_operator("fa4", fa4_forward, fa4_backward),
    "cudnn": windowed_operator("cudnn", cudnn_forward, cudnn_backward),
}
PACKAGES = {"fa4": "flash_attn.cute", "fa3": "flash_attn_interface", "cudnn": "cudnn"}


def cannot(kernel, length, window, device):
    """Why a kernel cannot run here; None where it may."""
    if kernel in PACKAGES and not is_installed(PACKAGES[kernel]):
        return f"{PACKAGES[kernel]} is not installed"
    if kernel in ("flash", *PACKAGES) and device.type != "cuda":
        return "it needs CUDA"
    if kernel == "triangles" and (device.type not in ("cuda", "cpu") or 2 * window != length):
        return "it needs CUDA or the CPU, and a window of half the sequence"
    if kernel == "sdpa" and window < length:
        return "it knows no window"
    return None


def is_installed(module):
    try:
        return importlib.util.find_spec(module) is not None
    except (ImportError, ValueError):
        return False


# The choice.


def choose(length, windows, head_dim, device, dtype, measured=None):
    """The kernel for each window. `measured` is what `measure` found, if there is such."""
    chosen = {}
    for window in sorted(set(windows)):
        order = PREFERRED.get(device.type, PREFERRED["other"])["whole" if window >= length else "window"]
        timed = (measured or {}).get(f"{head_dim}/{window}/{length}", {})
        fastest = sorted((name for name, found in timed.items() if "milliseconds" in found), key=lambda name: timed[name]["milliseconds"])
        chosen[window] = first_that_runs([*fastest, *order], length, window, head_dim, device, dtype)
    return chosen


def first_that_runs(names, length, window, head_dim, device, dtype):
    """What needs no CUDA is not tried: it runs on any machine."""
    for name in names:
        if cannot(name, length, window, device) is not None:
            continue
        if device.type != "cuda" or name in ("sdpa", "masked") or name.startswith("flex"):
            return name
        try:
            if is_equal(check(name, 256, 128 if window < length else 256, head_dim, device, dtype), dtype):
                return name
        except Exception as error:
            print(f"attention: {name} does not run here: {str(error).splitlines()[:1]}", flush=True)
    raise RuntimeError(f"no kernel of attention runs on {device}: {', '.join(names)}")


def is_equal(errors, dtype):
    return max(errors.values()) <= TOLERANCE[dtype]


def check(kernel, length, window, head_dim, device, dtype, rows=2, heads=2, backward=True):
    """The largest errors of a kernel against the masked reference in float32, as shares of the reference's largest values."""
    generator = torch.Generator(device).manual_seed(0)
    drawn = [torch.randn(rows, length, heads, head_dim, generator=generator, device=device) for _ in range(4)]
    *inputs, gradient = (t.transpose(1, 2).to(dtype) for t in drawn)
    seen, reference = prepare(kernel, length, window, device), prepare("masked", length, window, device)
    call = torch.compile(attend, dynamic=False) if kernel.startswith("flex") and device.type == "cuda" else attend
    expected = outputs(attend, [t.float() for t in inputs], reference, gradient.float(), backward)
    found = outputs(call, inputs, seen, gradient, backward)
    names = ("output", "of query", "of key", "of value")
    return {name: share(a, b) for name, a, b in zip(names, found, expected)}


def outputs(call, inputs, seen, gradient, backward):
    inputs = [t.detach().clone().requires_grad_(backward) for t in inputs]
    mixed = call(*inputs, seen)
    return [mixed.detach(), *(torch.autograd.grad(mixed, inputs, gradient) if backward else ())]


def share(found, expected):
    error = ((found.float() - expected).abs().max() / expected.abs().max()).item()
    return error if math.isfinite(error) else math.inf


def measure(length, window, head_dim, device, dtype, names=None):
    """For each kernel its milliseconds, forward and backward, where it equals the reference; else why not."""
    names = names or TIMED["whole" if window >= length else "window"]
    return {name: measure_one(name, length, window, head_dim, device, dtype) for name in names}


def measure_one(kernel, length, window, head_dim, device, dtype):
    why = cannot(kernel, length, window, device)
    if why is not None:
        return {"cannot": why}
    try:
        errors = check(kernel, length, window, head_dim, device, dtype)
        if not is_equal(errors, dtype):
            return {"cannot": "differs from the masked reference", "errors": errors}
        return {"milliseconds": time_one(kernel, length, window, head_dim, device, dtype), "errors": errors}
    except Exception as error:  # of any package: the kernel is left out
        return {"cannot": f"{type(error).__name__}: {str(error)[:300]}"}


def time_one(kernel, length, window, head_dim, device, dtype):
    shape = (TIMED_ROWS, length, TIMED_HEADS, head_dim)
    inputs = [torch.randn(shape, device=device, dtype=dtype).transpose(1, 2).requires_grad_() for _ in range(3)]
    seen = prepare(kernel, length, window, device)
    call = torch.compile(attend, dynamic=False) if kernel.startswith("flex") else attend
    gradient = torch.randn(shape, device=device, dtype=dtype).transpose(1, 2)
    times = []
    for _ in range(2 + TIMED_RUNS):
        synchronize(device)
        began = time.perf_counter()
        torch.autograd.grad(call(*inputs, seen), inputs, gradient)
        synchronize(device)
        times.append(1000 * (time.perf_counter() - began))
    return sorted(times[2:])[TIMED_RUNS // 2]


def synchronize(device):
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def read_measured(path):
    """What was measured on a card before; nothing where the file is not there, or cannot be read."""
    try:
        return json.loads(path.read_text())
    except (OSError, ValueError):
        return {}

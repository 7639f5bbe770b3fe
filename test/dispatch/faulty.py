"""A trainer that does what FAULT of its parameters says: each a way in which trainers end."""

import json
import os
import signal
import sys
import time
from pathlib import Path

FAULT = json.loads(Path("params.json").read_text())["FAULT"]
GOOD = {"value": 0.5, "trainSeconds": 3, "peakMemoryMb": 7, "tokensPerSecond": 11, "metrics": {"steps": 4}, "phases": {"startup": 1}, "hardware": {"device": "none"}}


def result(text):
    Path("result.json").write_text(text)


def stubborn_children():
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    for flees in [True, False] * 10:
        if os.fork() == 0:
            if flees:
                os.setsid()
            time.sleep(600)
            os._exit(0)


if FAULT == "none":
    print("all is well")
    result(json.dumps(GOOD))
elif FAULT == "allocates":
    blocks = [bytearray(2**28) for _ in range(64)]
elif FAULT == "torch":
    raise RuntimeError("CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0 has a total capacity of 23.64 GiB")
elif FAULT == "cublas":
    raise RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`")
elif FAULT == "nan":
    result(json.dumps({"value": float("nan")}))
elif FAULT == "nan in words":
    result(json.dumps({"value": "NaN"}))
elif FAULT == "asserts":
    assert 1 + 1 == 3, "arithmetic has changed"
elif FAULT == "kills itself":
    os.kill(os.getpid(), signal.SIGKILL)
elif FAULT == "segfaults":
    os.kill(os.getpid(), signal.SIGSEGV)
elif FAULT == "refuses":
    result(json.dumps({"outcome": "invalid", "message": "nine heads do not go into ten"}))
    sys.exit(2)
elif FAULT == "own words":
    sys.exit("widget 7 is on fire")
elif FAULT == "no result":
    print("I have forgotten something")
elif FAULT == "half a result":
    result('{"value": 0.')
elif FAULT == "another schema":
    result('{"value": "low", "trainSeconds": -1}')
elif FAULT == "no value":
    result("{}")
elif FAULT == "leaves children":
    stubborn_children()
    result(json.dumps(GOOD))
elif FAULT == "talks":
    line = b"x" * 99 + b"\n"
    for _ in range(300):
        os.write(1, line * 10_000)
    os.write(2, b"the very last words\n")
    sys.exit(3)
elif FAULT == "hangs":
    print("now I hang", flush=True)
    stubborn_children()
    time.sleep(600)

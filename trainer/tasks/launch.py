"""Starts an edited program, and the supervisor's clock with it.

    python launch.py train.py [ARGUMENTS]

Loading torch takes seconds that depend on the machine, not on the program. So it is loaded here, and then the file `begun`
says that the program's own time begins. No edited line has run before.
"""

import runpy
import sys
from pathlib import Path

try:
    import safetensors.torch  # noqa: F401
    import torch

    torch.optim.AdamW([torch.zeros(1, requires_grad=True)])  # the first optimizer loads the compiler
except ImportError:
    pass

Path("begun").touch()
script, *arguments = sys.argv[1:]
sys.argv = [script, *arguments]
sys.path[0] = str(Path(script).resolve().parent)
runpy.run_path(script, run_name="__main__")

"""Writes the Joe-Kuo direction numbers that sobol uses, and a golden file of the plain sequence.

    python3 test/optimizers/sobol/directions.py          (needs scipy, which ships the authors' table)
"""
import json
from pathlib import Path

import numpy as np
import scipy
from scipy.stats import _qmc, qmc

DIMENSIONS = 512
LICENCE = (
    "Copyright (c) 2008, Frances Y. Kuo and Stephen Joe. All rights reserved. "
    "Redistribution and use in source and binary forms, with or without modification, are permitted provided that "
    "the following conditions are met: "
    "Redistributions of source code must retain the above copyright notice, this list of conditions and the "
    "following disclaimer. "
    "Redistributions in binary form must reproduce the above copyright notice, this list of conditions and the "
    "following disclaimer in the documentation and/or other materials provided with the distribution. "
    "Neither the names of the copyright holders nor the names of the University of New South Wales and the "
    "University of Waikato and its contributors may be used to endorse or promote products derived from this "
    "software without specific prior written permission. "
    "THIS SOFTWARE IS PROVIDED BY THE COPYRIGHT HOLDERS ``AS IS'' AND ANY EXPRESS OR IMPLIED WARRANTIES, INCLUDING, "
    "BUT NOT LIMITED TO, THE IMPLIED WARRANTIES OF MERCHANTABILITY AND FITNESS FOR A PARTICULAR PURPOSE ARE "
    "DISCLAIMED. IN NO EVENT SHALL THE COPYRIGHT HOLDERS BE LIABLE FOR ANY DIRECT, INDIRECT, INCIDENTAL, SPECIAL, "
    "EXEMPLARY, OR CONSEQUENTIAL DAMAGES (INCLUDING, BUT NOT LIMITED TO, PROCUREMENT OF SUBSTITUTE GOODS OR "
    "SERVICES; LOSS OF USE, DATA, OR PROFITS; OR BUSINESS INTERRUPTION) HOWEVER CAUSED AND ON ANY THEORY OF "
    "LIABILITY, WHETHER IN CONTRACT, STRICT LIABILITY, OR TORT (INCLUDING NEGLIGENCE OR OTHERWISE) ARISING IN ANY "
    "WAY OUT OF THE USE OF THIS SOFTWARE, EVEN IF ADVISED OF THE POSSIBILITY OF SUCH DAMAGE."
)

here = Path(__file__).parent
table = np.load(Path(_qmc.__file__).parent / "_sobol_direction_numbers.npz")
rows = [
    [int(polynomial)] + [int(m) for m in initial if m]
    for polynomial, initial in zip(table["poly"][:DIMENSIONS], table["vinit"][:DIMENSIONS])
]
(here / "../../../optimizers/sobol/directions.json").resolve().write_text(
    json.dumps(
        {
            "provenance": "new-joe-kuo-6.21201, S. Joe and F. Y. Kuo, Constructing Sobol sequences with better "
            "two-dimensional projections, SIAM J. Sci. Comput. 30 (2008), 2635-2654; the first 512 dimensions.",
            "licence": LICENCE,
            "layout": "a dimension a row: its primitive polynomial as a binary number, then m_1, m_2, ...",
            "rows": "ROWS",
        },
        indent=2,
    ).replace('"ROWS"', "[\n" + ",\n".join("    " + json.dumps(row, separators=(",", ":")) for row in rows) + "\n  ]")
    + "\n"
)

shown = [0, 1, 2, 3, 12, 57, 200, 511]
points = qmc.Sobol(DIMENSIONS, scramble=False, bits=32).random(256)[:, shown]
golden = {
    "made": "test/optimizers/sobol/directions.py",
    "scipy": scipy.__version__,
    "dimensions": shown,
    "points": [[int(x * 2**32) for x in point] for point in points],
}
(here / "golden").mkdir(exist_ok=True)
(here / "golden/sequence.json").write_text(json.dumps(golden, separators=(",", ":")) + "\n")

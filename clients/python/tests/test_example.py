"""The example of the documentation, from nothing, in a folder of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from conftest import REPOSITORY


def test_the_first_example(tmp_path: Path, server: str) -> None:
    """It starts a service of its own, here on a free port."""
    text = (REPOSITORY / "examples" / "python" / "first.py").read_text()
    assert sum(bool(line.strip()) and not line.startswith(('"""', "#")) for line in text.splitlines()) <= 12
    program = tmp_path / "first.py"
    program.write_text(text.replace("chiron.serve()", "chiron.serve(port=0)"))
    environment = {k: v for k, v in os.environ.items() if k != "CHIRON_SERVER"}
    ended = subprocess.run(
        [sys.executable, str(program)],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    assert "Record(number=" in ended.stdout and "state='complete'" in ended.stdout
    assert (tmp_path / ".chiron").is_dir()

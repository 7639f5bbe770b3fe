"""The package is typed: a strict type checker reads its own files, and what users write."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import chiron


def test_mypy_accepts_the_client(tmp_path: Path) -> None:
    source = Path(__file__).parents[1] / "src" / "chiron"
    cache = f"--cache-dir={tmp_path}"
    adapters = ["--exclude", "(ray|huggingface|lightning|mlflow)[.]py"]
    ended = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", cache, *adapters, str(source)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr


def test_the_installed_package_says_that_it_is_typed() -> None:
    assert (Path(chiron.__file__).parent / "py.typed").exists()

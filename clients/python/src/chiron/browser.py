"""Opens a page in the browser of this machine's screen."""

from __future__ import annotations

import os
import sys
import webbrowser


def open_page(url: str) -> None:
    """Without a screen nothing is opened: a browser in the terminal would take the terminal over."""
    on_screen = sys.platform in ("darwin", "win32") or any(
        os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER")
    )
    if on_screen:
        webbrowser.open(url)

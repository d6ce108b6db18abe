"""Finds or brings a Chromium for the browser tests, and says where it is or what to run.

Looked for in this order: OWED_BROWSER, PATH, Playwright's own, Debian's package when root, the npm package
@sparticuz/chromium. Nothing found is not an error here: `tests.run` then deselects the browser tests and
says what was not proved (with OWED_NEEDS_EVERYTHING set it fails instead).
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
CACHE = Path(__file__).resolve().parent.parent / ".cache" / "browser"


def find() -> str | None:
    """The path of a browser that is already here, or None."""
    named = os.environ.get("OWED_BROWSER")
    if named:
        return named
    for name in NAMES:
        if path := shutil.which(name):
            return path
    return _playwrights_own() or _cached()


def bring() -> str | None:
    """The path of a browser, fetched if need be, or None when it cannot be had here."""
    return find() or _from_debian() or _from_npm()


def _playwrights_own() -> str | None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).exists() else None


def _cached() -> str | None:
    path = CACHE / "chromium"
    return str(path) if path.exists() else None


def _runs(*command: str) -> bool:
    try:
        done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=600)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def _from_debian() -> str | None:
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return None
    _say("Bringing Chromium and Korean letters from Debian's packages …")
    if not _runs("apt-get", "update", "-q"):
        return None
    install = ("apt-get", "install", "-y", "-q", "--no-install-recommends")
    return shutil.which("chromium") if _runs(*install, "chromium", "fonts-nanum") else None


def _from_npm() -> str | None:
    if not shutil.which("npm"):
        return None
    _say("Bringing Chromium from the npm package @sparticuz/chromium …")
    CACHE.mkdir(parents=True, exist_ok=True)
    if not _runs("npm", "install", "--silent", "--prefix", str(CACHE), "@sparticuz/chromium"):
        return None
    script = (
        "const c = require('@sparticuz/chromium').default ?? require('@sparticuz/chromium');"
        "c.executablePath().then(p => require('fs').copyFileSync(p, process.argv[1]));"
    )
    target = CACHE / "chromium"
    done = subprocess.run(["node", "-e", script, str(target)], cwd=CACHE, timeout=300)
    if done.returncode != 0 or not target.exists():
        return None
    target.chmod(0o755)
    return str(target)


def _say(text: str) -> None:
    sys.stderr.write(text + "\n")


if __name__ == "__main__":
    path = bring()
    _say(f"Browser: {path}" if path else "No browser: install Chromium and name it in OWED_BROWSER.")

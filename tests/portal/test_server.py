from __future__ import annotations

import http.client
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from sqlalchemy import Engine

from data.errors import Failed
from data.setup import Authority, make_workspace
from portal.server import listen, serving
from tests.portal.visitor import PACKS, MovingClock, new_app

ROOT = Path(__file__).parents[2]
START_SECONDS = 60.0


def status_of(port: int, path: str) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    finally:
        connection.close()


def status_once_up(port: int, path: str) -> int:
    """Asks until the server has started."""
    end = time.monotonic() + START_SECONDS
    while True:
        try:
            return status_of(port, path)
        except ConnectionRefusedError:
            if time.monotonic() > end:
                raise
            time.sleep(0.1)


def test_a_served_page_comes_over_a_real_socket(engine: Engine, clock: MovingClock) -> None:
    with listen("127.0.0.1", 0) as listener:
        port = listener.getsockname()[1]
        with serving(new_app(engine, clock), listener=listener):
            assert status_of(port, "/") == 200


def test_a_port_that_is_taken_is_said_to_be_taken() -> None:
    with listen("127.0.0.1", 0) as taken:
        taken.listen()
        with pytest.raises(Failed, match="cannot be had"):
            listen("127.0.0.1", taken.getsockname()[1])


def test_the_command_serves_and_logs_no_link(tmp_path: Path) -> None:
    workspace = make_workspace(
        tmp_path / "gaon",
        Authority("가온시", "Gaon City", "02-0000-0120", "http://127.0.0.1:8080"),
        packs=("kr",),
        built_in_packs=PACKS,
        buckets=1,
    )
    with listen("127.0.0.1", 0) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "cli.py", "-w", str(workspace.root), "serve", "--port", str(port)]
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as running:
        try:
            status = status_once_up(port, "/r/ABCDEFGHJKLMNPQRSTUV")
        finally:
            running.send_signal(signal.SIGINT)
        said, _ = running.communicate(timeout=30)
    assert (status, "ABCDEFGHJKLMNPQRSTUV" in said, "Traceback" in said) == (404, False, False)

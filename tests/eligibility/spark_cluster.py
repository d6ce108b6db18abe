"""A Spark of several machines, as far as it can tell: a master and two workers, each at its own address.

A master in the driver's own process (`local[2]`) never speculates, and one with workers below it
(`local-cluster`) has them all at one address: Spark runs a second attempt on another machine only.
"""

from __future__ import annotations

import socket
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pyspark

from eligibility import spark

ROOT = Path(__file__).resolve().parents[2]
MASTER = "127.0.0.1"
WORKERS = ("127.0.0.2", "127.0.0.3")


@contextmanager
def cluster(folder: Path, environment: dict[str, str]) -> Iterator[str]:
    """The address of its master; all ends with the block."""
    folder.mkdir()
    java = spark.find_java(environment)
    ours = spark._environment(environment, java, folder)
    home = Path(pyspark.__file__).parent
    ours |= {"SPARK_HOME": str(home), "SPARK_DAEMON_MEMORY": "256m", "PYTHONPATH": str(ROOT)}
    port = _free_port()
    url = f"spark://{MASTER}:{port}"
    with ExitStack() as stack:

        def start(address: str, what: str, *words: str) -> None:
            command = [
                str(home / "bin" / "spark-class"),
                f"org.apache.spark.deploy.{what}",
                "--host",
                address,
            ]
            log = stack.enter_context((folder / f"{address}.log").open("wb"))
            here = {**ours, "SPARK_LOCAL_IP": address}
            stack.enter_context(_ended([*command, *words], here, log.fileno()))

        start(MASTER, "master.Master", "--port", str(port), "--webui-port", "0")
        for address in WORKERS:
            one = ("--cores", "1", "--memory", "1g", "--webui-port", "0", "--work-dir", str(folder / address))
            start(address, "worker.Worker", *one, url)
        yield url


@contextmanager
def _ended(command: list[str], environment: dict[str, str], log: int) -> Iterator[None]:
    process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
    try:
        yield
    finally:
        process.terminate()
        process.wait(30)


def _free_port() -> int:
    with socket.socket() as free:
        free.bind((MASTER, 0))
        return int(free.getsockname()[1])

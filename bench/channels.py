"""Messages per second: the Twilio channel beside the provider's package alone, and the file channel.

Both sides of a comparison run in turn in one process against one local server in another; the ratio of
their medians is what counts, the rates themselves only guide.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import statistics
import tempfile
import time
import warnings
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path
from typing import NamedTuple

from twilio.http.async_http_client import AsyncTwilioHttpClient  # type: ignore[import-untyped]
from twilio.rest import Client  # type: ignore[import-untyped]

from bench.measure import table
from channels.channel import Channel, Envelope
from channels.registry import open_channel

ACCOUNT = "AC" + "0" * 32
TOKEN = "made-up"
SENDER = "+15005550006"
TEXT = "[가온시] 자동차세 연납 환급금 250,130원이 있습니다. https://gaon.example/ABCDEFGHJKLMNPQRSTUV"
AT_ONCE = 32


class Rate(NamedTuple):
    """Messages for each second on the clock, and microseconds of this process's processor for each."""

    per_second: float
    processor: float


class Comparison(NamedTuple):
    """Ours beside the yardstick, in one run."""

    ours: Rate
    yardstick: Rate

    @property
    def on_the_clock(self) -> float:
        return self.ours.per_second / self.yardstick.per_second

    @property
    def of_processor(self) -> float:
        """How many times as many messages ours sends for the same processor time."""
        return self.yardstick.processor / self.ours.processor


class _Answering(asyncio.Protocol):
    """The least a provider can do: read a request whole, say 201."""

    _BODY = b'{"sid": "SM00000000000000000000000000000000", "status": "queued"}'
    _ANSWER = b"HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b" % (
        len(_BODY),
        _BODY,
    )

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._unread = b""

    def data_received(self, chunk: bytes) -> None:
        self._unread += chunk
        head, end, rest = self._unread.partition(b"\r\n\r\n")
        if not end:
            return
        length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
        if len(rest) >= length:
            self._unread = rest[length:]
            self._transport.write(self._ANSWER)


def _serve(telling: Connection) -> None:
    async def serve() -> None:
        server = await asyncio.get_running_loop().create_server(_Answering, "127.0.0.1", 0)
        telling.send(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    asyncio.run(serve())


@contextmanager
def provider() -> Iterator[str]:
    """The address of a local provider in a process of its own."""
    context = multiprocessing.get_context("spawn")
    hearing, telling = context.Pipe(duplex=False)
    process = context.Process(target=_serve, args=(telling,), daemon=True)
    process.start()
    try:
        yield f"http://127.0.0.1:{hearing.recv()}"
    finally:
        process.terminate()
        process.join()


def twilio_beside_its_package(*, messages: int = 4000, runs: int = 3) -> Comparison:
    """The channel, with all its care, against `create_async` of the package alone; both 32 at a time."""
    ours: list[Rate] = []
    yardstick: list[Rate] = []
    with provider() as url, warnings.catch_warnings():
        # The package's own client still calls what aiohttp has deprecated; ours does not.
        warnings.simplefilter("ignore", DeprecationWarning)
        for run in range(runs + 1):
            for taken, work in ((ours, _channel), (yardstick, _package)):
                rate = asyncio.run(_timed(work, url, messages))
                if run > 0:
                    taken.append(rate)
    return Comparison(_median(ours), _median(yardstick))


async def _timed(work: Callable[[str, int], Awaitable[None]], url: str, messages: int) -> Rate:
    started, used = time.perf_counter(), time.process_time()
    await work(url, messages)
    seconds, processor = time.perf_counter() - started, time.process_time() - used
    return Rate(messages / seconds, processor / messages * 1e6)


def _median(rates: list[Rate]) -> Rate:
    return Rate(*(statistics.median(column) for column in zip(*rates, strict=True)))


async def _channel(url: str, messages: int) -> None:
    settings = {
        "account_sid": ACCOUNT,
        "token_env": "TOKEN",
        "from": SENDER,
        "base_url": url,
        "callback_url": "https://gaon.example/hooks/twilio",
        "connections": AT_ONCE,
    }
    await _send_all(open_channel("twilio", settings, {"TOKEN": TOKEN}, outbox=Path()), messages)


async def _send_all(channel: Channel, messages: int) -> None:
    size = channel.capabilities.max_batch
    for first in range(0, messages, size):
        batch = [
            Envelope(f"bench-{number}", 1, to="+821000001234", text=TEXT)
            for number in range(first, min(first + size, messages))
        ]
        outcomes = await channel.send(batch, lambda _: True)
        assert all(outcome.kind == "accepted" for outcome in outcomes), outcomes[0]
    await channel.close()


async def _package(url: str, messages: int) -> None:
    async with AsyncTwilioHttpClient() as http:
        client = Client(ACCOUNT, TOKEN, http_client=http)
        client.api.base_url = url
        waiting = iter(range(messages))

        async def work() -> None:
            for number in waiting:
                callback = f"https://gaon.example/hooks/twilio?m=bench-{number}&a=1"
                await client.messages.create_async(
                    to="+821000001234", from_=SENDER, body=TEXT, status_callback=callback
                )

        await asyncio.gather(*(work() for _ in range(AT_ONCE)))


def file_rate(*, messages: int = 2000) -> Rate:
    """Whole messages on disk, each flushed, in a folder that is then removed."""
    with tempfile.TemporaryDirectory() as folder:

        async def work(_: str, count: int) -> None:
            await _send_all(open_channel("file", {}, {}, outbox=Path(folder)), count)

        return asyncio.run(_timed(work, "", messages))


def report(*, messages: int = 4_000, runs: int = 3) -> str:
    """Both figures as a Markdown table."""
    compared = twilio_beside_its_package(messages=messages, runs=runs)
    filed = file_rate(messages=messages // 2)
    rows = [
        _row("Twilio channel", compared.ours),
        _row("Twilio's package alone", compared.yardstick),
        ["ratio", f"{compared.on_the_clock:.2f} ×", f"{compared.of_processor:.2f} ×"],
        _row("file channel", filed),
    ]
    return table(["", "messages/s", "messages for the same processor (µs each)"], rows)


def _row(name: str, rate: Rate) -> list[str]:
    return [name, f"{rate.per_second:,.0f}", f"{rate.processor:,.0f}"]

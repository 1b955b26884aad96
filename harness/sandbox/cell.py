"""One forked completion, as the supervisor sees it: questions, rows, the end."""

from __future__ import annotations

import contextlib
import secrets
import selectors
import signal
import time
from typing import TYPE_CHECKING, Any, NoReturn, Self

from harness.sandbox import frames
from harness.sandbox.ending import CellExit, describe
from harness.sandbox.errors import CellEnded, CellError, CellProtocolError, CellTimeout, RowReadError, ZygoteDied

if TYPE_CHECKING:
    import socket
    from collections.abc import Iterator, Mapping, Sequence
    from types import TracebackType

    from harness.sandbox.limits import Limits
    from harness.sandbox.link import Link
    from harness.sandbox.output import Output
    from harness.sandbox.rows import RowReader

_EXIT_SECONDS = 1.0
_CLOSE_SECONDS = 20.0
_CHUNK = 1 << 16


class Cell:
    """Made by ``Sandbox.open``. Use it from one thread, and close it whatever happens (it is a context manager)."""

    def __init__(
        self, link: Link, reader: RowReader, limits: Limits, job: int, channel: socket.socket, output: Output
    ) -> None:
        self._link = link
        self._reader = reader
        self._limits = limits
        self._job = job
        self._channel = channel
        self._output = output
        self._buffer = frames.FrameBuffer()
        self._outgoing = bytearray()
        self._waiting: set[str] = set()
        self._abandoned: set[str] = set()
        self._ended: dict[str, Any] | None = None
        self._broken: CellError | None = None
        self._exit: CellExit | None = None
        self.opening: dict[str, Any] = {}
        """What the target sent of itself, before it was asked anything and before any code of the job's own ran."""
        self._last_moment = time.monotonic() + limits.total_seconds
        self._selector = selectors.DefaultSelector()
        self._selector.register(channel, selectors.EVENT_READ)
        self._selector.register(output, selectors.EVENT_READ)
        self._selector.register(link.control, selectors.EVENT_READ)

    @property
    def closed(self) -> bool:
        """Whether the process is gone and its folder removed."""
        return self._exit is not None

    def greeting(self, seconds: float) -> dict[str, Any]:
        """What the fork says about itself before any code of the job runs. Raises ZygoteDied."""
        self._channel.settimeout(seconds)
        try:
            while (greeting := self._buffer.take()) is None:
                data = self._channel.recv(_CHUNK)
                if not data:
                    raise ZygoteDied("the fork ended before it was confined")
                self._buffer.feed(data)
        except OSError as error:
            raise ZygoteDied(f"the fork did not come up in {seconds:.0f} s") from error
        self._channel.setblocking(False)
        return greeting

    def ask(self, message: Mapping[str, Any], *, wall: float | None = None) -> dict[str, Any]:
        """Send a request and wait for its reply, without the nonce; ``wall`` is in seconds (default: the limit).

        Raises CellEnded, CellTimeout (the cell may be asked again), CellProtocolError; ZygoteDied when the machine
        failed. After CellEnded and CellProtocolError the process is gone, and every further call raises the same.
        """
        return self.ask_all([message], wall=wall)[0]

    def ask_all(self, messages: Sequence[Mapping[str, Any]], *, wall: float | None = None) -> list[dict[str, Any]]:
        """Like ``ask``, all at once: every request is sent before a reply is waited for. Replies in their order."""
        self._check()
        end = min(time.monotonic() + (self._limits.wall_seconds if wall is None else wall), self._last_moment)
        nonces = [secrets.token_hex(8) for _ in messages]
        replies: dict[str, dict[str, Any]] = {}
        self._outgoing += b"".join(
            [frames.encode({**message, "nonce": nonce}) for message, nonce in zip(messages, nonces, strict=True)]
        )
        self._waiting.update(nonces)
        try:
            while len(replies) < len(nonces):
                reply = self._next(end)
                nonce = reply.pop("nonce", None)
                if nonce is None and not self.opening and "opening" in reply:
                    self.opening = reply
                elif not isinstance(nonce, str):
                    self._give_up(CellProtocolError("a reply without a nonce"))
                elif nonce in self._waiting:
                    self._waiting.discard(nonce)
                    replies[nonce] = reply
                elif nonce in self._abandoned:
                    self._abandoned.discard(nonce)
                else:
                    self._give_up(CellProtocolError("a reply to nothing that was asked"))
        except CellTimeout:
            self._abandoned |= self._waiting
            self._waiting.clear()
            raise
        return [replies[nonce] for nonce in nonces]

    def words(self, addresses: Sequence[int]) -> tuple[list[int] | None, str]:
        """The words of the process's memory there, and what its channel leads to, read by the one it was forked from.

        None where this machine does not let it read them. Raises CellEnded when the process is gone: nobody knows then
        what was there; ZygoteDied.
        """
        self._check()
        self._link.order({"order": "peek", "job": self._job, "addresses": list(addresses)})
        try:
            seen = self._event("peeked", _CLOSE_SECONDS)
        except TimeoutError:
            self._link.kill()
            raise ZygoteDied("the zygote does not answer") from None
        if seen.get("gone"):
            self._gone()
        return seen.get("words"), str(seen.get("channel", ""))

    def sql(self, statement: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Run one statement on the answer's SQLite file, through the row reader's own connection; committed at once.

        At most 1,000 rows; text is cut at 10,000 characters, bytes come as hexadecimal text. Works also after the
        process has ended, until ``close``. Raises RowReadError (no file, not a regular one, SQLite's error, too slow);
        ZygoteDied.
        """
        rows = self._reader.ask("execute", job=self._job, sql=statement, parameters=list(parameters))
        return [tuple(row) for row in rows]

    def snapshot(self) -> list[tuple[str, tuple[tuple[str, Any], ...]]]:
        """Every row of the answer's SQLite file: its table, and its columns with their values; limits as in ``sql``.

        Tables that cannot be read have no rows. Raises RowReadError; ZygoteDied.
        """
        rows = self._reader.ask("snapshot", job=self._job)
        return [(str(table), tuple(zip(columns, values, strict=True))) for table, columns, values in rows]

    @contextlib.contextmanager
    def hold_read_lock(self) -> Iterator[None]:
        """Meanwhile a second connection is in a read transaction: a COMMIT of others finds the database locked.

        Raises RowReadError on entering; ZygoteDied.
        """
        self._reader.ask("hold", job=self._job)
        try:
            yield
        finally:
            with contextlib.suppress(RowReadError, ZygoteDied):
                self._reader.ask("release")

    def close(self) -> CellExit:
        """End the process if it is there, sweep what it left, remove its folder. May be called twice. Never raises."""
        if self._exit is None:
            swept = 0
            try:
                self._link.order({"order": "end", "job": self._job})
                closed = self._event("closed", _CLOSE_SECONDS)
                swept = closed["swept"]
                if not closed["clean"]:
                    self._link.kill()
                alive = self._ended is None
                self._ended = self._ended or self._event("ended", 0.0)
                reason = describe(self._ended, self._limits)
                if alive and self._ended["signal"] == signal.SIGKILL and "limit" not in reason:
                    reason = "closed"
            except (ZygoteDied, TimeoutError) as error:
                self._link.kill()
                reason = str(error) if isinstance(error, ZygoteDied) else "the zygote does not answer"
            self._output.drain()
            if self._output.flooded:
                reason = self._flooded()
            ended = self._ended or {"status": None, "signal": None, "cpu": 0.0}
            self._exit = CellExit(
                status=ended["status"],
                signal=ended["signal"],
                cpu_seconds=ended["cpu"],
                swept=swept,
                output=self._output.tail(),
                reason=self._broken.reason if self._broken else reason,
            )
            self._selector.close()
            self._channel.close()
            self._output.close()
        return self._exit

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _check(self) -> None:
        if self._exit is not None:
            raise CellEnded("the cell is closed")
        if self._broken is not None:
            raise self._broken

    def _give_up(self, error: CellError) -> NoReturn:
        """End the process: nothing more is to be had from it. Its folder stays until ``close``."""
        self._broken = error
        if self._ended is None:
            self._link.order({"order": "kill", "job": self._job})
            with contextlib.suppress(TimeoutError):  # then close() finds that out too
                self._ended = self._event("ended", _CLOSE_SECONDS)
        raise error

    def _event(self, kind: str, seconds: float) -> dict[str, Any]:
        return self._link.event(kind, seconds=seconds, job=self._job)

    def _next(self, end: float) -> dict[str, Any]:
        while True:
            try:
                frame = self._buffer.take()
            except frames.FrameError as error:
                self._give_up(CellProtocolError(str(error)))
            if frame is not None:
                return frame
            self._wait(end)

    def _wait(self, end: float) -> None:
        """Wait until something happens, and take what came."""
        left = end - time.monotonic()
        if left <= 0:
            raise CellTimeout("wall limit: no reply in time")
        writing = selectors.EVENT_WRITE if self._outgoing else 0
        self._selector.modify(self._channel, selectors.EVENT_READ | writing)
        ready = {key.fileobj: mask for key, mask in self._selector.select(left)}
        if self._output in ready:
            if not self._output.read():
                self._selector.unregister(self._output)
            if self._output.flooded:
                self._give_up(CellEnded(self._flooded()))
        mask = ready.get(self._channel, 0)
        if mask & selectors.EVENT_WRITE:
            self._write()
        if self._link.control in ready:
            with contextlib.suppress(TimeoutError):  # something else was told
                self._ended = self._event("ended", _EXIT_SECONDS)
                self._selector.unregister(self._link.control)
        if mask & selectors.EVENT_READ or self._ended is not None:
            data = self._receive()
            if not data:
                self._gone()
            self._buffer.feed(data)

    def _write(self) -> None:
        try:
            sent = self._channel.send(self._outgoing[: 1 << 20])
        except BlockingIOError:
            return
        except OSError:
            self._outgoing.clear()  # nobody reads any more; the end of the channel says why
            return
        del self._outgoing[:sent]

    def _receive(self) -> bytes:
        """What is there; nothing at the end of the channel, and when nothing is there."""
        try:
            return self._channel.recv(_CHUNK)
        except OSError:
            return b""

    def _gone(self) -> NoReturn:
        """The channel is at its end: find out why."""
        if self._ended is None:
            try:
                self._ended = self._event("ended", _EXIT_SECONDS)
            except TimeoutError:
                self._give_up(CellEnded("closed its channel"))
        self._output.drain()
        self._give_up(CellEnded(self._flooded() if self._output.flooded else describe(self._ended, self._limits)))

    def _flooded(self) -> str:
        return f"flooded: printed more than {self._limits.output_bytes} bytes"

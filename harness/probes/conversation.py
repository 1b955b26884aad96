"""Talks to one cell: operations, HTTP requests as exchanges."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from harness.observations import Exchange
from harness.probes.replies import UnableError, of_type, text
from harness.sandbox import CellError
from harness.seals import TOLD, digest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.probes.recording import Recording
    from harness.probes.replies import Json, Route
    from harness.sandbox import Cell

_BODY = 4_000
_SERVER_ERROR_PAGES = ("Traceback (most recent call last)", "<html>", "<!DOCTYPE")


@dataclass(frozen=True, slots=True)
class Request:
    """A request to one route. ``body`` is JSON text, empty for none."""

    purpose: str
    route: Route
    path: str
    query: str = ""
    body: str = ""
    headers: dict[str, str] = field(default_factory=dict)


class Conversation:
    """``ask`` for operations, ``send`` for HTTP. Raises CellError and UnableError.

    ``key`` is the one of the job, ``heard`` are the digests of replies that the journal must have.
    """

    def __init__(self, cell: Cell, recording: Recording, key: str) -> None:
        self.cell = cell
        self.recording = recording
        self.key = key
        self.heard: list[str] = []
        self._requests = 0

    def ask(self, op: str, *, wall: float | None = None, **fields: Any) -> Json:
        """One operation; ``wall`` in seconds. Raises UnableError when the inside could not do it."""
        reply = self.cell.ask({"op": op, **fields}, wall=wall)
        if op in TOLD:
            self.heard.append(digest(json.dumps(reply)))
        if "error" in reply and op != "dependency":
            raise UnableError(f"{op}: {str(reply['error'])[:300]}")
        return reply

    def control(self, **settings: Any) -> None:
        """Let the inside play its part in a fault of the database."""
        self.ask("control", **settings)

    def new_request(self) -> str:
        """An id that no other request of this cell has."""
        self._requests += 1
        return f"r{self._requests}"

    def send(self, request: Request, *, wall: float | None = None) -> Exchange:
        """One request; recorded. ``wall`` in seconds."""
        return self.send_all([request], wall=wall)[0]

    def send_all(self, requests: Sequence[Request], *, wall: float | None = None) -> list[Exchange]:
        """All at once; recorded in their order."""
        try:
            replies = self.cell.ask_all([self._message(request) for request in requests], wall=wall)
        except CellError as error:
            self.recording.exchanges.extend(unanswered(request, error.reason) for request in requests)
            raise
        exchanges = [_exchange(request, reply) for request, reply in zip(requests, replies, strict=True)]
        self.recording.exchanges.extend(exchanges)
        return exchanges

    def _message(self, request: Request) -> Json:
        headers = {"content-type": "application/json", "authorization": "Bearer test", **request.headers}
        return {
            "op": "http",
            "target": request.route.target,
            "route": request.route.route,
            "method": request.route.method,
            "path": request.path,
            "query": request.query,
            "body": request.body,
            "headers": headers if request.body else {**headers, "content-type": "text/plain"},
            "request": self.new_request(),
        }


def _exchange(request: Request, reply: Json) -> Exchange:
    if "error" in reply:
        return unanswered(request, text(reply["error"], 500))
    status = of_type(reply.get("status"), int, type(None))
    body = text(reply.get("body"), _BODY)
    content_type = text(reply.get("type"), 100)
    unhandled = status == 500 and (
        (body == "Internal Server Error" and content_type.startswith("text/plain"))
        or body.startswith(_SERVER_ERROR_PAGES)
    )
    return Exchange(
        purpose=request.purpose,
        method=request.route.method,
        path=request.path + (f"?{request.query}" if request.query else ""),
        sent=request.body[:_BODY],
        status=status,
        body=body,
        unhandled=unhandled,
        failure="no response" if status is None else "",
        exception=text(reply.get("exception"), 600),
    )


def unanswered(request: Request, failure: str) -> Exchange:
    """The exchange of a request that got no response, and why."""
    return Exchange(
        request.purpose, request.route.method, request.path, request.body[:_BODY], None, "", failure=failure
    )


def succeeded(exchange: Exchange) -> bool:
    """Whether the answer is a 2xx."""
    return exchange.status is not None and 200 <= exchange.status < 300

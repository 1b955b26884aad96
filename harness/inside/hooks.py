"""All that is put in place before any code of the answer runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi.routing import APIRoute
from starlette.routing import Match

from harness.inside import memory
from harness.inside.context import ENDPOINT
from harness.inside.database import database_of
from harness.inside.engines import Engines, sql_is_logged
from harness.inside.environment import URL, Environment
from harness.inside.hazards import Hazards
from harness.inside.journal import Journal
from harness.inside.places import Places
from harness.inside.sessions import Sessions
from harness.inside.stand_in import StandIns

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping


class Hooks:
    """The recorders of one cell. ``install`` once, before the loader runs."""

    def __init__(self, folder: str, database: Mapping[str, Any], variables: Mapping[str, str], key: str) -> None:
        self.places = Places()
        self.journal = Journal(key)
        self.stand_ins = StandIns()
        self.database = database_of(folder, database)
        self.engines = Engines(self.database, self.places, self.journal)
        self.sessions = Sessions(self.places, self.journal)
        self.hazards = Hazards(self.places, self.journal)
        self.environment = Environment(folder, variables, self.places, database.get("url", URL))

    def install(self) -> None:
        self.engines.install()
        self.sessions.install()
        self.hazards.install()
        self.environment.install()
        _match_only_the_wanted_endpoint()

    def facts(self, proof: str) -> dict[str, Any]:
        """The journal, sealed for the proof, and what was recorded beside it."""
        self.engines.note_echo()
        self.journal.note("logged", sql_is_logged())
        recorders = {"engines": self.engines, "sessions": self.sessions, "hazards": self.hazards}
        for name, recorder in recorders.items():
            if recorder.altered():  # type: ignore[attr-defined]
                self.journal.note_once("altered", f"the hooks on {name}")
        return {
            "journal": self.journal.sealed(proof),
            "stand_ins": list(self.stand_ins.used),
            "read": list(self.environment.read),
            "supplied": dict(self.environment.supplied),
        }

    def watched(self) -> Iterator[tuple[str, int]]:
        """Words of memory, by what they stand for, that change when somebody lays hands on what has been installed."""
        recorders = (self, self.places, self.journal, self.engines, self.sessions, self.hazards, self.environment)
        for recorder in recorders:
            yield f"the harness's {type(recorder).__name__}", memory.version_of(vars(recorder))
        for table in self.places.tables:
            yield "the harness's Places", memory.version_of(table)
        for cls in self.hazards.classes:
            yield f"the class {cls.__name__}", memory.version_of(cls)
        for function in (*self.engines.wrappers, *self.sessions.wrappers, *self.hazards.wrappers):
            for cell in function.__closure__ or ():
                yield f"the hook on {function.__qualname__}", memory.content_of(cell)


def _match_only_the_wanted_endpoint() -> None:
    """Let a request reach the route it is meant for, also where another option has the same method and path."""
    original: Callable[..., Any] = APIRoute.matches

    def matches(route: APIRoute, scope: Any) -> Any:
        wanted = ENDPOINT.get()
        if wanted is not None and scope["type"] == "http" and route.endpoint is not wanted:
            return Match.NONE, {}
        return original(route, scope)

    APIRoute.matches = matches  # type: ignore[method-assign, assignment]

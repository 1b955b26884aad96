"""All that is put in place before any code of the answer runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi.routing import APIRoute
from starlette.routing import Match

from harness.inside.context import ENDPOINT
from harness.inside.database import database_of
from harness.inside.engines import Engines, sql_is_logged
from harness.inside.environment import URL, Environment
from harness.inside.hazards import Hazards
from harness.inside.places import Places
from harness.inside.sessions import Sessions
from harness.inside.stand_in import StandIns

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


class Hooks:
    """The recorders of one cell. ``install`` once, before the loader runs."""

    def __init__(self, folder: str, database: Mapping[str, Any], variables: Mapping[str, str]) -> None:
        self.places = Places()
        self.stand_ins = StandIns()
        self.database = database_of(folder, database)
        self.engines = Engines(self.database, self.places)
        self.sessions = Sessions(self.places)
        self.hazards = Hazards(self.places)
        self.environment = Environment(folder, variables, self.places, database.get("url", URL))

    def install(self) -> None:
        self.engines.install()
        self.sessions.install()
        self.hazards.install()
        self.environment.install()
        _match_only_the_wanted_endpoint()

    def facts(self) -> dict[str, Any]:
        """Everything recorded so far, as JSON of the classes in ``harness.observations``."""
        recorders = {"engines": self.engines, "sessions": self.sessions, "hazards": self.hazards}
        return {
            "engines": self.engines.to_json(),
            "sessions": [followed.to_json() for followed in self.sessions.followed],
            "lazy_loads": list(self.hazards.lazy_loads),
            "never_awaited": list(self.hazards.never_awaited),
            "stand_ins": list(self.stand_ins.used),
            "logged": sql_is_logged(),
            "read": list(self.environment.read),
            "supplied": dict(self.environment.supplied),
            "altered": [name for name, recorder in recorders.items() if recorder.altered()],  # type: ignore[attr-defined]
        }


def _match_only_the_wanted_endpoint() -> None:
    """Let a request reach the route it is meant for, also where another option has the same method and path."""
    original: Callable[..., Any] = APIRoute.matches

    def matches(route: APIRoute, scope: Any) -> Any:
        wanted = ENDPOINT.get()
        if wanted is not None and scope["type"] == "http" and route.endpoint is not wanted:
            return Match.NONE, {}
        return original(route, scope)

    APIRoute.matches = matches  # type: ignore[method-assign, assignment]

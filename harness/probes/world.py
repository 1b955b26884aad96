"""What every experiment needs: the conversation, the endpoints, the database, marks and seeds."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from harness.probes.bodies import Maker, properties_of, required_of
from harness.probes.conversation import Conversation, Request

if TYPE_CHECKING:
    from collections.abc import Mapping

    from harness.databases import View
    from harness.observations import Exchange
    from harness.probes.marks import Marks
    from harness.probes.recording import Recording
    from harness.probes.replies import Description, Json, Route
    from harness.probes.seeding import Seeded, Seeder

_OF_THE_SERVER = frozenset({"id", "uuid", "created_at", "updated_at"})
"""What a client does not send, even where a table model as body would let it."""
_PARAMETER = re.compile(r"\{(\w+)(?::\w+)?\}")


@dataclass(frozen=True, slots=True)
class Prepared:
    """A request and what it carries: the mark, marked texts of required and of all properties, keys of parents."""

    request: Request
    mark: str
    required: dict[str, str]
    marked: dict[str, str]
    references: Mapping[str, Any]


@dataclass
class World:
    """One answer, running."""

    talk: Conversation
    recording: Recording
    description: Description
    database: View
    seeder: Seeder
    marks: Marks

    def prepare(self, route: Route, purpose: str, body_kind: str, seeded: Seeded | None = None) -> Prepared | None:
        """A valid request with a body of the kind ``minimal``, ``full`` or ``referenced``.

        ``seeded`` is the row that the path speaks of; without it one is put in where the path wants one. None: there
        is no body of that kind that differs from the simpler one.
        """
        mark = self.marks.new()
        schema = route.body_schema
        body, maker = "", Maker(mark, route.components)
        if schema is not None:
            found = self._maker(route, body_kind, mark)
            if found is None:
                return None
            maker = found
            body = json.dumps(maker.value(schema))
        elif body_kind != "minimal":
            return None
        path, query, headers = self._address(route, maker, seeded)
        names = required_of(schema, route.components) if schema is not None else set(maker.marked)
        request = Request(purpose, route, path, query, body, headers)
        required = {name: text for name, text in maker.marked.items() if name in names}
        return Prepared(request, mark, required, dict(maker.marked), maker.references)

    def send(self, prepared: Prepared) -> Exchange:
        """Send it; a body that is refused for what no schema says is mended once and sent again."""
        exchange = self.talk.send(prepared.request)
        if exchange.status != 422:
            return exchange
        mended = self._mended(prepared.request, exchange)
        return exchange if mended is None else self.talk.send(mended)

    def _maker(self, route: Route, body_kind: str, mark: str) -> Maker | None:
        properties = properties_of(route.body_schema, route.components)
        required = required_of(route.body_schema, route.components)
        parents = {name: table for name in properties if (table := self.seeder.parent_for(name)) is not None}
        optional_parents = {name for name in parents if name not in required}
        if body_kind == "full" and not set(properties) - required - optional_parents - _OF_THE_SERVER:
            return None
        if body_kind == "referenced" and not optional_parents:
            return None
        references: dict[str, Any] = {}
        for name, table in parents.items():
            if name in required or body_kind == "referenced":
                parent = self.seeder.seed(table)
                if parent is not None:
                    references[name] = parent.key
        return Maker(
            mark,
            route.components,
            references=references,
            optional=body_kind != "minimal",
            left_out=frozenset(optional_parents - set(references)) | _OF_THE_SERVER,
        )

    def _address(self, route: Route, maker: Maker, seeded: Seeded | None) -> tuple[str, str, dict[str, str]]:
        """Path, query string and headers."""
        declared = {(str(entry.get("in")), str(entry.get("name"))): entry for entry in route.parameters}
        path = route.path
        for match in list(_PARAMETER.finditer(route.path)):
            value = self._path_value(route, match, declared.get(("path", match.group(1)), {}), maker, seeded)
            path = path.replace(match.group(0), quote(str(value), safe=""), 1)
        query = {
            name: _plain(self._parameter_value(name, entry, maker))
            for (where, name), entry in declared.items()
            if where == "query" and entry.get("required")
        }
        headers = {
            name: str(maker.value(entry.get("schema", {}), name))
            for (where, name), entry in declared.items()
            if where == "header" and entry.get("required")
        }
        return path, urlencode(query, doseq=True), headers

    def _parameter_value(self, name: str, entry: Json, maker: Maker) -> Any:
        table = self.seeder.parent_for(name)
        parent = self.seeder.seed(table) if table is not None else None
        return maker.value(entry.get("schema", {}), name) if parent is None else parent.key

    def _path_value(self, route: Route, match: re.Match[str], entry: Json, maker: Maker, seeded: Seeded | None) -> Any:
        name = match.group(1)
        table = self.table_of(route, match)
        row = seeded if seeded is not None and table is not None and table.name == seeded.table else None
        if row is None and table is not None:
            row = self.seeder.seed(table)
        if row is None:
            return maker.value(entry.get("schema", {}), name)
        return row.values[name] if name in row.values and not name.endswith("id") else row.key

    def table_of(self, route: Route, match: re.Match[str]) -> Any:
        """The table whose row a path parameter names: by its own name, else by the segment before it."""
        own = self.seeder.table_for(match.group(1)) if match.group(1).lower() not in ("id", "pk") else None
        if own is not None:
            return own
        segments = [part for part in route.path[: match.start()].split("/") if part and not part.startswith("{")]
        return self.seeder.table_for(segments[-1]) if segments else None

    def row_table(self, route: Route) -> Any:
        """The table of the row that the last path parameter names, None without one."""
        matches = list(_PARAMETER.finditer(route.path))
        return self.table_of(route, matches[-1]) if matches else None

    def _mended(self, request: Request, refused: Exchange) -> Request | None:
        try:
            sent = json.loads(request.body)
            details = json.loads(refused.body)["detail"]
            problems = [(str(entry["type"]), [str(part) for part in entry["loc"]]) for entry in details]
        except (ValueError, KeyError, TypeError, RecursionError):
            return None
        if not isinstance(sent, dict):
            return None
        required = required_of(request.route.body_schema, request.route.components)
        for kind, location in problems:
            name = location[1] if len(location) > 1 else ""
            if kind == "timezone_naive" and isinstance(sent.get(name), str):
                sent[name] = sent[name].removesuffix("Z")
            elif name in sent and name not in required:
                del sent[name]
            else:
                return None
        return replace(request, body=json.dumps(sent))


def _plain(value: Any) -> Any:
    return str(value).lower() if isinstance(value, bool) else value

"""Valid request bodies and parameters, made from the schemas that an endpoint publishes."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from harness.probes import patterns

if TYPE_CHECKING:
    from collections.abc import Mapping

_DEPTH = 6
_MOMENT = "2031-05-17T10:20:30"


@dataclass
class Maker:
    """Makes one value after the other.

    ``references`` gives values for properties by name (``project_id``); ``optional`` says whether optional properties
    are filled; ``left_out`` are names never to fill unless required; ``naive`` asks for date-times without offset.
    ``marked`` collects the texts that hold the mark, by property name.
    """

    mark: str
    components: Mapping[str, Any] = field(default_factory=dict)
    references: Mapping[str, Any] = field(default_factory=dict)
    optional: bool = False
    left_out: frozenset[str] = frozenset()
    naive: bool = False
    marked: dict[str, str] = field(default_factory=dict)

    def value(self, schema: Any, name: str = "", depth: int = 0) -> Any:
        """A JSON value that fits the schema, as far as a schema tells."""
        schema = self.resolved(schema)
        if depth > _DEPTH:
            return None
        if "const" in schema:
            return schema["const"]
        if schema.get("enum"):
            return schema["enum"][0]
        for key in ("anyOf", "oneOf"):
            if schema.get(key):
                branches = [self.resolved(branch) for branch in schema[key]]
                chosen = next((branch for branch in branches if branch.get("type") != "null"), branches[0])
                return self.value(chosen, name, depth)
        kind = schema.get("type")
        if isinstance(kind, list):
            kind = next((entry for entry in kind if entry != "null"), "null")
        match kind:
            case "object":
                return self._object(schema, depth)
            case "array":
                return self._array(schema, name, depth)
            case "string":
                return self._text(schema, name)
            case "integer":
                return int(_number(schema, 1))
            case "number":
                return _number(schema, 1.5)
            case "boolean":
                return True
            case "null":
                return None
        return self._object(schema, depth) if "properties" in schema else self._text({}, name)

    def resolved(self, schema: Any) -> dict[str, Any]:
        """The schema without ``$ref`` and ``allOf`` at its top."""
        for _ in range(_DEPTH):
            if not isinstance(schema, dict):
                return {}
            if "$ref" in schema:
                schema = self.components.get(str(schema["$ref"]).rpartition("/")[2], {})
            elif schema.get("allOf"):
                merged: dict[str, Any] = {key: value for key, value in schema.items() if key != "allOf"}
                for part in schema["allOf"]:
                    for key, value in self.resolved(part).items():
                        both = isinstance(value, dict) and isinstance(merged.get(key), dict)
                        merged[key] = {**value, **merged[key]} if both else merged.get(key, value)
                schema = merged
            else:
                return schema
        return {}

    def _object(self, schema: dict[str, Any], depth: int) -> dict[str, Any]:
        required = set(schema.get("required", ()))
        made: dict[str, Any] = {}
        for name, inner in schema.get("properties", {}).items():
            needed = name in required
            if not needed and (not self.optional or name in self.left_out):
                continue
            made[name] = self.references[name] if name in self.references else self.value(inner, name, depth + 1)
        return made

    def _array(self, schema: dict[str, Any], name: str, depth: int) -> list[Any]:
        prefixed = [self.value(inner, name, depth + 1) for inner in schema.get("prefixItems", ())]
        wanted = int(schema.get("minItems", 0))
        if not prefixed and depth <= 2 and (self.optional or "properties" in self.resolved(schema.get("items"))):
            wanted = max(wanted, 1)  # a list of things to create creates nothing where it is empty
        while len(prefixed) < wanted:
            prefixed.append(self.value(schema.get("items", {}), name, depth + 1))
        return prefixed

    def _text(self, schema: dict[str, Any], name: str) -> str:
        made = self._formatted(str(schema.get("format", "")))
        if made is None:
            made = next((text for text in self._likely(name) if _fits(text, schema)), None)
        if made is None:
            made = patterns.example(str(schema.get("pattern", "")), self.mark) or f"{self.mark}-{name}"
            made = made.ljust(int(schema.get("minLength", 0)), "k")[: int(schema.get("maxLength", len(made) + 1_000))]
        if self.mark in made:
            self.marked[name] = made
        return made

    def _likely(self, name: str) -> list[str]:
        """Texts for a field without a format, the one that its name suggests first."""
        lowered = name.lower()
        usual = [f"{self.mark}-{name}" if name else self.mark, self.mark]
        if "email" in lowered:
            return [f"{self.mark}@example.com", *usual]
        if lowered.endswith(("url", "uri")):
            return [f"https://example.com/{self.mark}", *usual]
        return usual

    def _formatted(self, form: str) -> str | None:
        return {
            "email": f"{self.mark}@example.com",
            "uri": f"https://example.com/{self.mark}",
            "url": f"https://example.com/{self.mark}",
            "date-time": _MOMENT + ("" if self.naive else "Z"),
            "date": _MOMENT[:10],
            "time": _MOMENT[11:],
            "duration": "PT1H",
            "uuid": str(uuid.uuid4()),
            "ipv4": "192.0.2.1",
            "ipv6": "2001:db8::1",
        }.get(form)


def properties_of(schema: Any, components: Mapping[str, Any]) -> dict[str, Any]:
    """The top-level properties of a body."""
    found = Maker("", components).resolved(schema).get("properties", {})
    return found if isinstance(found, dict) else {}


def required_of(schema: Any, components: Mapping[str, Any]) -> set[str]:
    """The names of the required top-level properties."""
    return set(Maker("", components).resolved(schema).get("required", ()))


def _number(schema: dict[str, Any], usual: float) -> float:
    low = schema.get("minimum")
    if "exclusiveMinimum" in schema:
        low = schema["exclusiveMinimum"] + 1
    high = schema.get("maximum")
    if "exclusiveMaximum" in schema:
        high = schema["exclusiveMaximum"] - (1 if low is None or schema["exclusiveMaximum"] - 1 >= low else 0.01)
    value: float = usual
    if low is not None and value < low:
        value = low
    if high is not None and value > high:
        value = high
    step = schema.get("multipleOf")
    if step:
        value = -(-value // step) * step
    return value


def _fits(text: str, schema: dict[str, Any]) -> bool:
    shortest, longest = int(schema.get("minLength", 0)), int(schema.get("maxLength", len(text)))
    pattern = str(schema.get("pattern", ""))
    return shortest <= len(text) <= longest and patterns.example(pattern, text) == text

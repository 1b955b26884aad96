"""The front matter, by the rules of the official validator and what all known runtimes read alike."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import yaml

from harness.checking.findings import Finding, Level
from harness.documents import Document, parse_document, split_front_matter
from harness.errors import InputError
from harness.skills.skill import ENTRY, folder_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.skills.skill import Skill

MAX_NAME = 64
MAX_DESCRIPTION = 1024
MAX_COMPATIBILITY = 500
LISTED = 500
"""Characters of a description that tools with many skills still list."""

_KNOWN = ("name", "description", "license", "compatibility", "metadata", "allowed-tools")
_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_PLACE = re.compile(rf"{re.escape(ENTRY)}:(?P<line>\d+): (?P<what>.*)", re.DOTALL)
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"

_TEXT = "Give it as one plain text, in quotes where it looks like a number, a date or a truth value."
_REMEDIES = {
    "front-matter": f"Begin {ENTRY} with plain YAML between two lines `---`: `name: value` lines, block style only.",
    "name": "Use the name of the folder: 1 to 64 lower-case letters, digits and single hyphens.",
    "description": "Say in 1 to 1024 characters, key words first, what it does and when: `Use when ...`.",
    "fields": "The specification knows name, description, license, compatibility, metadata and allowed-tools; put "
    "anything else under metadata.",
    "metadata": 'Map words to quoted texts: `version: "1.0"`.',
}


def judge_front_matter(skill: Skill) -> list[Finding]:
    """What the official validator or a runtime refuses or misreads (errors), and what serves some badly (advice)."""
    raw = skill.files[ENTRY]
    if raw.startswith(_BYTE_ORDER_MARK):
        return [_finding(1, "front-matter", "begins with a byte order mark, which hides the front matter")]
    front, _ = split_front_matter(raw.decode("utf-8"))
    if not front.strip():
        return [_finding(1, "front-matter", "must begin with front matter between two lines `---`")]
    try:
        document = parse_document(front, ENTRY)
    except InputError as error:
        found = _PLACE.fullmatch(str(error))
        line, what = (int(found["line"]), found["what"]) if found else (1, str(error).removeprefix(f"{ENTRY}: "))
        return [_finding(line, "front-matter", what)]
    return [*_syntax(front), *_name(document, skill), *_description(document), *_others(document)]


def _syntax(front: str) -> Iterator[Finding]:
    """YAML that parsers of front matter do not agree on."""
    for number, line in enumerate(front.split("\n"), 1):
        if "---" in line:
            yield _finding(number, "front-matter", "`---` ends the front matter here for the official validator")
    root = yaml.compose(front, yaml.SafeLoader)
    todo: list[yaml.Node] = [root] if root is not None else []
    while todo:
        node = todo.pop()
        if isinstance(node, yaml.CollectionNode) and node.value:
            if node.flow_style:
                message = "lists and maps in brackets are refused by the official validator"
                yield _finding(node.start_mark.line + 1, "front-matter", message)
                continue
            pairs = node.value if isinstance(node, yaml.MappingNode) else [(each,) for each in node.value]
            todo += [each for pair in pairs for each in pair]


def _name(document: Document, skill: Skill) -> Iterator[Finding]:
    name, line = document.data.get("name"), _line(document, "name")
    if name is None:
        yield _finding(1, "name", "there is no name")
    elif not isinstance(name, str):
        yield _finding(line, "name", f"is no text: {name!r}", _TEXT)
    elif len(name) > MAX_NAME or not _NAME.fullmatch(name):
        yield _finding(line, "name", "is more than 64 characters, or not lower-case letters, digits and single hyphens")
    elif name != folder_name(skill.folder):
        message = f"is not the name of its folder, {folder_name(skill.folder)!r}"
        yield _finding(line, "name", message, f"Name the folder {name!r}, or the skill as the folder.")


def _description(document: Document) -> Iterator[Finding]:
    text, line = document.data.get("description"), _line(document, "description")
    if text is None or text == "":
        yield _finding(line, "description", "there is no description")
        return
    if not isinstance(text, str):
        yield _finding(line, "description", f"is no text: {text!r}", _TEXT)
        return
    if len(text) > MAX_DESCRIPTION:
        yield _finding(line, "description", f"is {len(text):,} characters long, more than {MAX_DESCRIPTION:,}")
    elif len(text) > LISTED:
        message = f"is {len(text)} characters long: tools that list many skills cut it"
        yield _finding(line, "description", message, level=Level.ADVICE)
    if "<" in text or ">" in text:
        yield _finding(line, "description", "holds `<` or `>`", "Leave them out: it is put between tags.")
    if "use when" not in text.lower() and "use this" not in text.lower():
        message = "does not say when to use it, so that agents do not"
        yield _finding(line, "description", message, level=Level.ADVICE)


def _others(document: Document) -> Iterator[Finding]:
    for key, value in document.data.items():
        line = _line(document, str(key))
        if key not in _KNOWN:
            yield _finding(line, "fields", f"{key} is no field of the specification")
        elif key in ("license", "compatibility", "allowed-tools") and not isinstance(value, str):
            yield _finding(line, "fields", f"{key} is no text", _TEXT)
        elif key == "compatibility" and len(value) > MAX_COMPATIBILITY:
            message = f"compatibility is {len(value)} characters long, more than {MAX_COMPATIBILITY}"
            yield _finding(line, "fields", message, "Say it in the text.")
        elif key in ("compatibility", "allowed-tools"):
            message = f"{key} is not read alike everywhere: one runtime refuses it as text"
            yield _finding(line, "fields", message, "Say it in the text.", level=Level.ADVICE)
        elif key == "metadata":
            yield from _metadata(value, line)


def _metadata(value: Any, line: int) -> Iterator[Finding]:
    if not isinstance(value, dict):
        yield _finding(line, "metadata", "is no map")
        return
    for key, each in value.items():
        if not isinstance(key, str) or not isinstance(each, str):
            yield _finding(line, "metadata", f"{key} is no text: {each!r}")


def _line(document: Document, key: str) -> int:
    return document.lines.get((key,), 1)


def _finding(line: int, rule: str, message: str, remedy: str = "", level: Level = Level.ERROR) -> Finding:
    return Finding(ENTRY, line, 1, rule, message, remedy or _REMEDIES[rule], level=level)

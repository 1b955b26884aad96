"""Front matter that breaks a rule: what is said about it, and who refuses it."""

from __future__ import annotations

from typing import NamedTuple

from harness.checking.findings import Level


class Broken(NamedTuple):
    """``text`` is the front matter of a skill in a folder ``my-skill``; the finding is on ``line``.

    ``official``: the official validator refuses it, too.
    """

    name: str
    text: str
    rule: str
    line: int
    words: str
    level: Level = Level.ERROR
    official: bool = True


_NAME = "name: my-skill\n"
_DESCRIPTION = "description: Does it. Use when needed.\n"
_BOTH = _NAME + _DESCRIPTION

BROKEN = (
    Broken("no name", _DESCRIPTION, "name", 1, "there is no name"),
    Broken("upper case", f"name: My-Skill\n{_DESCRIPTION}", "name", 2, "lower-case"),
    Broken("two hyphens", f"name: my--skill\n{_DESCRIPTION}", "name", 2, "lower-case"),
    Broken("last hyphen", f"name: my-skill-\n{_DESCRIPTION}", "name", 2, "lower-case"),
    Broken("accent", f"name: mÿ-skill\n{_DESCRIPTION}", "name", 2, "lower-case"),
    Broken("long name", f"name: {'a' * 65}\n{_DESCRIPTION}", "name", 2, "64 characters"),
    Broken("other name", f"name: other\n{_DESCRIPTION}", "name", 2, "is not the name of its folder, 'my-skill'"),
    Broken("name a number", f"name: 7\n{_DESCRIPTION}", "name", 2, "is no text: 7"),
    Broken("no description", _NAME, "description", 1, "there is no description"),
    Broken("empty description", f"{_NAME}description: ''\n", "description", 3, "there is no description"),
    Broken("long description", f"{_NAME}description: Use when {'x' * 1020}\n", "description", 3, "1,029 characters"),
    Broken("a number", f"{_NAME}description: 7\n", "description", 3, "is no text: 7", official=False),
    Broken("a tag", f"{_NAME}description: Use when <b>.\n", "description", 3, "holds `<` or `>`", official=False),
    Broken("quiet", f"{_NAME}description: It.\n", "description", 3, "when to use it", Level.ADVICE, official=False),
    Broken(
        "much to list",
        f"{_NAME}description: Use when {'x' * 500}\n",
        "description",
        3,
        "cut it",
        Level.ADVICE,
        official=False,
    ),
    Broken("unknown field", f"{_BOTH}version: 1\n", "fields", 4, "version is no field"),
    Broken("a list", f"{_BOTH}allowed-tools:\n  - Read\n", "fields", 4, "allowed-tools is no text", official=False),
    Broken("a date", f"{_BOTH}license: 2020-01-01\n", "fields", 4, "license is no text", official=False),
    Broken("long compatibility", f"{_BOTH}compatibility: {'x' * 501}\n", "fields", 4, "501 characters"),
    Broken("tools", f"{_BOTH}allowed-tools: Read\n", "fields", 4, "not read alike", Level.ADVICE, official=False),
    Broken("needs", f"{_BOTH}compatibility: Linux\n", "fields", 4, "not read alike", Level.ADVICE, official=False),
    Broken("no map", f"{_BOTH}metadata: x\n", "metadata", 4, "is no map", official=False),
    Broken("a version", f"{_BOTH}metadata:\n  version: 1.0\n", "metadata", 4, "no text: 1.0", official=False),
    Broken("flow map", f'{_BOTH}metadata: {{version: "1"}}\n', "front-matter", 4, "brackets"),
    Broken("colon", f"{_NAME}description: Use when: now\n", "front-matter", 3, "is not valid YAML"),
    Broken("twice", f"{_BOTH}name: my-skill\n", "front-matter", 4, "given twice"),
    Broken("alias", "name: &a my-skill\ndescription: Use when\nlicense: *a\n", "front-matter", 4, "aliases"),
    Broken("dashes", f"{_NAME}description: A --- b. Use when c.\n", "front-matter", 3, "`---` ends", official=False),
    Broken("no map at all", "- a\n", "front-matter", 1, "one mapping"),
)  # fmt: skip

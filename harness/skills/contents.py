"""The files of a skill: that pages lead to what is there, and are short enough to be read."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from markdown_it import MarkdownIt

from harness.checking.findings import Finding, Level
from harness.documents import decode
from harness.errors import InputError
from harness.skills.blocks import pages
from harness.skills.skill import ENTRY
from harness.skills.tokens import estimated_tokens

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.skills.skill import Skill

MAX_PAGE = 256 * 1024
MAX_LINES = 500
MAX_TOKENS = 5000

_MENTION = re.compile(r"(?<![\w./-])(?:references|assets|scripts)/[\w./-]*\w")
_ELSEWHERE = re.compile(r"[a-z][a-z0-9+.-]*:|//|#", re.IGNORECASE)


def judge_contents(skill: Skill) -> list[Finding]:
    """Broken links, symbolic links, unreadable pages (errors); length and references nobody is led to (advice)."""
    return [*_files(skill), *_links(skill), *_size(skill)]


def _files(skill: Skill) -> Iterator[Finding]:
    for name in skill.links:
        message = "is a symbolic link: runtimes refuse it or do not follow it"
        yield Finding(name, 1, 1, "files", message, "Put the file itself there.")
    for name, content in skill.files.items():
        if name.endswith(".md") and name != ENTRY:
            try:
                decode(content, name)
            except InputError as error:
                yield Finding(name, 1, 1, "files", str(error).partition(": ")[2], "Save it as UTF-8.")


def _links(skill: Skill) -> Iterator[Finding]:
    remedy = "Name files by their path below the skill's folder."
    led_to: set[str] = set()
    for page, text in pages(skill).items():
        for line, target in _targets(text):
            name = posixpath.normpath(target)
            beside = posixpath.normpath(posixpath.join(posixpath.dirname(page), target))
            there = {name, beside} & _names(skill)
            if there:
                led_to |= there
            elif name.startswith(("../", "/")) or name == "..":
                yield Finding(page, line, 1, "links", f"{target} is outside the skill", remedy)
            else:
                yield Finding(page, line, 1, "links", f"{target} is not there", remedy)
    for name in skill.references:
        if name not in led_to and skill.mention(name) < 0:
            message = "no page leads here: agents do not open it"
            yield Finding(name, 1, 1, "links", message, f"Say in {ENTRY} when to open it.", level=Level.ADVICE)
        if name.count("/") > 1:
            message = "lies deeper than one folder: some runtimes do not load it"
            yield Finding(name, 1, 1, "files", message, "Put it into references/ itself.", level=Level.ADVICE)


def _names(skill: Skill) -> set[str]:
    folders = {posixpath.dirname(name) for name in skill.files} - {""}
    return {*skill.files, *folders}


def _targets(text: str) -> Iterator[tuple[int, str]]:
    """The files that a page links to or names in its prose, with their 1-based lines."""
    if len(text) > MAX_PAGE:
        return
    for block in MarkdownIt("commonmark").enable("table").parse(text):
        line = block.map[0] + 1 if block.map else 1
        for child in block.children or ():
            target = str(child.attrs.get("href") or child.attrs.get("src") or "").partition("#")[0]
            if target and not _ELSEWHERE.match(target):
                yield line, target
            if child.type in ("text", "code_inline"):
                yield from ((line, found[0]) for found in _MENTION.finditer(child.content))
            line += child.type in ("softbreak", "hardbreak")


def _size(skill: Skill) -> Iterator[Finding]:
    remedy = "Move details into references/, one subject a file, and say when to open which."
    for page, text in pages(skill).items():
        if len(text) > MAX_PAGE:
            message = f"has {len(text):,} characters, more than {MAX_PAGE:,}: its links were not read"
            yield Finding(page, 1, 1, "length", message, remedy)
    lines = len(skill.instructions.splitlines())
    tokens = estimated_tokens(skill.instructions.strip())
    if not skill.instructions.strip():
        yield Finding(ENTRY, 1, 1, "length", "holds no instructions", "Write them.", level=Level.ADVICE)
    for number, limit, what in ((lines, MAX_LINES, "lines"), (tokens, MAX_TOKENS, "tokens, by estimate")):
        if number > limit:
            message = f"has {number:,} {what}, more than {limit:,}"
            yield Finding(ENTRY, 1, 1, "length", message, remedy, level=Level.ADVICE)

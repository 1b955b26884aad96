"""File names: found in headings, prose, fence infos and comments; checked; turned into module names."""

from __future__ import annotations

import keyword
import re
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_TOKEN = re.compile(
    r"(?<![\w@/\\~])(?P<path>(?:[A-Za-z]:[\\/]|~[\\/]|[./\\]*)[\w][\w./\\-]{0,200}|\.env[\w.]{0,20})(?![\w/\\])",
    re.ASCII,
)
_CONFIG_SUFFIXES = (
    ".toml",
    ".yaml",
    ".yml",
    ".json",
    ".ini",
    ".cfg",
    ".sql",
    ".env",
    ".txt",
    ".sh",
    ".md",
    ".mako",
    ".html",
)
_CONFIG_NAMES = frozenset({"dockerfile", "makefile", "procfile", ".env", ".env.example", ".gitignore"})
_MAX_LENGTH = 200
_PREFIX = re.compile(
    r"(?:[-=*#~_/─━]{2,}\s*)?(?:(?:in|new|create|complete)\s+)?"
    r"(?:\d{1,2}[.)]\s*)?"
    r"(?:(?:file ?name|file ?path|file|path|module|script|datei|fichier|archivo|arquivo|文件名?|"
    r"ファイル)\s*[:：=]?\s*)?"
    r"[\"'`*<(\[]*",
    re.IGNORECASE,
)
_AFTER = re.compile(
    r"[\"'`*>)\]]*\s*(?:$|[-–—=:：(,;|~#─━→←]|\(?(?:continued|updated|fixed|new|complete|modified)\b)", re.IGNORECASE
)
_TOWARDS = re.compile(
    r"(?:create|creating|in|into|to|inside|file|called|named|name|update|edit|editing|modify|change|save (?:it |"
    r"this )?(?:as|in)|"
    r"as|write|complete|full|corrected|fixed|updated|here is|here's|your|the|a|is|and|then|for|add|with|"
    r"datei|fichier|dans|en|em|archivo|arquivo|nel|创建|文件|在|修改|ファイル|файл|в)\s*[:：]?[\s\"'`*(]*$",
    re.IGNORECASE,
)
_AWAY = re.compile(
    r"(?<!\w)(?:from|of|with|see|imports?|next to|alongside|beside|besides|unlike|assum(?:e|es|ing)|lives? in|"
    r"defined in|declared in|like|run|"
    r"python3?|uvicorn|than|if|by|via|after|before|uses?|using|keep|leave|have|has|existing|(?:are|is|stay|stays|"
    r"remain) in|"
    r"aus|von|depuis|desde|de|从|из)\s+(?:your |the |a |an |our |my )?(?:existing )?[\"'`*(]*$",
    re.IGNORECASE,
)
_LIBRARIES = sys.stdlib_module_names | {
    "alembic", "asyncpg", "fastapi", "psycopg", "pydantic", "pydantic_settings", "pytest", "sqlalchemy", "sqlmodel",
    "starlette", "uvicorn",
}  # fmt: skip
_TREE_NAME = re.compile(r"[\w.-]+/?")


@dataclass(frozen=True, slots=True)
class Found:
    """A file name as the completion wrote it (``raw``), and the path inside the folder; None when it leaves it."""

    raw: str
    path: str | None
    start: int = 0
    end: int = 0

    @property
    def python(self) -> bool:
        """Whether it names a Python file."""
        return self.raw.lower().endswith((".py", ".pyi"))


def find(text: str) -> list[Found]:
    """All file names in ``text`` (only its first 2,000 characters are looked at), in order."""
    result: list[Found] = []
    text = text[:2000]
    for match in _TOKEN.finditer(text):
        raw = match.group("path").rstrip(".-")
        base = re.split(r"[\\/]", raw)[-1].lower()
        if "//" in raw or text[max(0, match.start() - 3) : match.start()].endswith("://"):
            continue
        python = base.endswith((".py", ".pyi")) and len(base) > 3
        if python or base in _CONFIG_NAMES or (base.endswith(_CONFIG_SUFFIXES) and not base.startswith("e.g")):
            result.append(Found(raw, safe(raw), match.start(), match.start() + len(raw)))
    return result


def safe(raw: str) -> str | None:
    """``raw`` as a relative path with forward slashes, None when it is absolute, leaves the folder or is too long."""
    if len(raw) > _MAX_LENGTH or re.match(r"[A-Za-z]:|[\\/~]", raw):
        return None
    parts: list[str] = []
    for part in raw.replace("\\", "/").split("/"):
        if part == "..":
            if not parts:
                return None
            parts.pop()
        elif part not in {"", "."}:
            parts.append(part)
    return "/".join(parts) or None


def in_info(info: str) -> Found | None:
    """The file name in the info string of a fence: a title, an attribute, or the info itself."""
    cleaned = re.sub(r"^\{?\.?(?:python3?|py)\d*[:=]", "", info.strip()[:500])
    found = find(re.sub(r"^\d+:\d+:", "", cleaned))
    return found[0] if found else None


def in_comment(line: str) -> Found | None:
    """The file name that a comment (or a docstring of one line) gives as its title; None for a mere mention."""
    body = line.strip()[:300]
    if body.startswith("#") and not body.startswith("#!"):
        body = body.lstrip("#").strip()
    elif body.startswith(("//", "--")):
        body = body[2:].strip()
    elif body[:3] in {'"""', "'''"}:
        body = body[3:].strip().removesuffix(body[:3]).strip()
    else:
        return None
    prefix = _PREFIX.match(body)
    start = prefix.end() if prefix else 0
    for found in find(body[start:])[:1]:
        if found.start == 0 and _AFTER.match(body[start + found.end :]):
            return found
    return None


def in_text(text: str, imported: frozenset[str]) -> Found | None:
    """The file that ``text`` says the next block is, never one that the block itself imports from (``imported``)."""
    text = text[-1500:]
    candidates = [f for f in find(text) if f.path is None or module_of(f.path) not in imported or not f.python]
    best: Found | None = None
    best_score = 0
    for found in candidates:
        score = _score(text, found)
        if score > best_score or (score == best_score and best is not None and not best.python and found.python):
            best, best_score = found, score
    return best


def _score(text: str, found: Found) -> int:
    before = text[max(0, found.start - 60) : found.start]
    after = text[found.end : found.end + 40].lstrip("`*\"')")
    if _AWAY.search(before):
        return -1
    score = 2
    if _TOWARDS.search(before):
        score += 1
    if after.lstrip().startswith((":", "：")) or not after.strip():
        score += 2
    if "\n" not in text[found.end :].strip("\n") and not re.search(r"[.!?。]\s", text[found.end :]):
        score += 1
    return score


def is_test(path: str) -> bool:
    """Whether ``path`` is that of a test, or of what tests share: ``tests/conftest.py``, ``test_tasks.py``."""
    *folders, name = path.lower().split("/")
    return bool({"test", "tests"} & set(folders)) or bool(
        re.fullmatch(r"test_.+\.pyi?|.+_tests?\.pyi?|conftest\.py", name)
    )


def module_of(path: str) -> str:
    """The module name of ``path``: ``app/db.py`` is ``app.db``, ``app/__init__.py`` is ``app``."""
    stem = re.sub(r"\.pyi?$", "", path)
    parts = [_identifier(part) for part in stem.split("/")]
    if len(parts) > 1 and parts[-1] == "__init__":
        parts.pop()
    return ".".join(parts)


def own_module_of(path: str) -> str:
    """The last part of ``module_of``, without the packages that it is in."""
    return module_of(path).rpartition(".")[2]


def _identifier(part: str) -> str:
    name = re.sub(r"\W", "_", part) or "_"
    if name[0].isdigit() or keyword.iskeyword(name) or not name.isidentifier():
        name = "_" + name
    return name


def imported_modules(lines: Iterable[str]) -> frozenset[str]:
    """The modules that ``lines`` import: full names without leading dots, and the last parts of the project's own."""
    result: set[str] = set()
    for line in lines:
        line = line[:300]
        if match := re.match(r"\s*from\s+([\w.]*)\s+import\s+(.{0,200})", line):
            module = match.group(1).lstrip(".")
            result.add(module)
            if not module:
                result.update(re.findall(r"\w+", match.group(2)))
        elif match := re.match(r"\s*import\s+([\w., ]{1,200})", line):
            result.update(name.split()[0] for name in match.group(1).split(",") if name.strip())
    own = [name for name in result if name.partition(".")[0] not in _LIBRARIES]
    return frozenset(result) | {name.rpartition(".")[2] for name in own if name}


def tree_paths(lines: Sequence[str]) -> list[str]:
    """The paths of the files in a drawn directory tree, without its root folder and with it."""
    result: list[str] = []
    stack: list[tuple[int, str]] = []
    for line in lines[:500]:
        body = line.lstrip(" \t│├└─|+`-┬┌")
        match = _TREE_NAME.match(body)
        if not match:
            continue
        column = len(line) - len(body)
        name = match.group()
        while stack and stack[-1][0] >= column:
            stack.pop()
        folder = body.startswith(name) and name.endswith("/")
        if folder or "." not in name:
            stack.append((column, name.rstrip("/")))
        elif name.endswith(".py"):
            parts = [part for _, part in stack if part not in {".", ""}]
            result.extend("/".join((*parts[skip:], name)) for skip in range(len(parts) + 1))
    return list(dict.fromkeys(result))

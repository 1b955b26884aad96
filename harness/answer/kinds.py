"""What kind of code a block holds: by its language, or by looking at its lines."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


class Kind(StrEnum):
    """How a block is to be read."""

    PYTHON = "python"
    REPL = "repl"
    DIFF = "diff"
    SHELL = "shell"
    CONFIG = "config"
    TREE = "tree"
    OUTPUT = "output"
    PROSE = "prose"


_LANGUAGES = {
    **dict.fromkeys(("python", "py", "python3", "python2", "py3", "sage", "fastapi", "sqlmodel"), Kind.PYTHON),
    **dict.fromkeys(("pycon", "ipython", "ipython3", "python-repl", "pyrepl", "doctest", "pycon3"), Kind.REPL),
    **dict.fromkeys(("diff", "patch", "udiff", "git-diff"), Kind.DIFF),
    **dict.fromkeys(
        ("bash", "sh", "shell", "zsh", "fish", "shell-session", "shellsession", "sh-session", "terminal", "powershell",
         "ps1", "ps", "pwsh", "cmd", "bat", "batch", "cli", "commandline", "command"),
        Kind.SHELL,
    ),
    **dict.fromkeys(
        ("toml", "ini", "cfg", "conf", "yaml", "yml", "json", "json5", "jsonc", "jsonl", "sql", "postgresql", "pgsql",
         "postgres", "psql", "sqlite", "mysql", "env", "dotenv", "properties", "dockerfile", "docker", "makefile",
         "make", "mermaid", "plantuml", "html", "css", "scss", "javascript", "js", "jsx", "typescript", "ts", "tsx",
         "xml", "jinja", "jinja2", "nginx", "graphql", "mako", "go", "rust", "java", "c", "cpp", "ruby", "php", "csv",
         "requirements", "gitignore", "tree", "vue", "hcl", "terraform"),
        Kind.CONFIG,
    ),
    **dict.fromkeys(("http", "output", "log", "logs", "pytb", "py3tb", "traceback", "stacktrace", "stdout", "error"),
                    Kind.OUTPUT),
}  # fmt: skip
_PYTHON_LANGUAGE = re.compile(r"\{?\.?(?:python|py)[\d.]*\b", re.IGNORECASE)
_STRONG = re.compile(
    r"(?:import [\w.]+(?: as \w+)?(?:, *[\w.]+(?: as \w+)?)*\s*(?:#.*)?$"
    r"|from [\w.]* *import [\w(*]"
    r"|(?:async )?def \w+ *\("
    r"|class \w+ *[(:\[]"
    r"|@\w[\w.]*(?:\(|\s*$)"
    r"|async (?:with|for) "
    r"|if __name__ == )"
)
_STATEMENT = re.compile(
    r"(?:[^\W\d][\w.\[\]\"']{0,80}(?:\s*:\s*[\w\[\]., |\"']{1,80})?\s*(?:[-+*/|]?=)(?!=)\s*\S"
    r"|(?:await|return|yield|raise|assert|del|pass|break|continue)\b(?:\s+[\w(\[{\"'-]|$)"
    r"|(?:for|while|with|if|elif|except) .{1,200}:\s*(?:#.*)?$"
    r"|(?:else|try|finally|except)\s*:"
    r"|[^\W\d][\w.]{0,80}\(.*"
    r"|[)\]}]"
    r"|[^\W\d]\w*(?:\.\w+)+$"
    r"|[^\W\d]\w*\s*:\s*[\w\[\]., |\"']{1,80}$)"
)
_SHELL = re.compile(
    r"(?:[$%>] \S|(?:sudo |uv |pip3? |pipx |poetry |pdm |conda |npm |npx |curl |wget |docker |docker-compose |alembic "
    r"|uvicorn |fastapi (?:dev|run)|python3? -?\S|pytest|psql |createdb |sqlite3 |export \w+=|set \w+=|cd |mkdir "
    r"|touch |source |git |brew |apt|echo |cat |ls|make |gunicorn |hypercorn |rm |cp |mv |http |ab |hey |wrk )\S?)"
)
_SQL = re.compile(
    r"(?:select\s.+|insert into\b|update \w+ set\b|delete from\b|create (?:table|index|unique|type|database|role)\b"
    r"|alter (?:table|type)\b|drop \w+ |begin;?$|begin |commit;?$|rollback;?$|explain )",
    re.IGNORECASE,
)
_ERROR = re.compile(r"(?:E +)?(?:[\w]+\.)*[A-Z]\w*(?:Error|Exception|Greenlet|Warning|Violation)\b(?::|$| )")
_LOG = re.compile(r"(?:INFO|DEBUG|WARNING|ERROR|CRITICAL)\b|HTTP/\d|\d{4}-\d\d-\d\d[ T]\d\d:|\[?\d\d:\d\d:\d\d")
_ENV = re.compile(r"(?:export )?[A-Z][A-Z0-9_]*=\S*\s*(?:#.*)?$")
_YAML = re.compile(r"(?:- )?[\w.-]+:(?: [^=(]*)?$")
_TOML = re.compile(r"\[{1,2}[\w.\"-]+\]{1,2}\s*$")
_TREE_MARKS = ("├", "└", "│", "|--", "+--", "`--")
_SAMPLE = 200


def by_language(info: str) -> Kind | None:
    """The kind that the info string of a fence names; None when it names none that is known."""
    words = info.split()
    if not words:
        return None
    first = words[0]
    if _PYTHON_LANGUAGE.match(first) and not first.lower().startswith("py."):
        return Kind.REPL if first.lower().startswith(("pycon", "python-repl")) else Kind.PYTHON
    return _LANGUAGES.get(first.split(":")[0].strip("{}.").lower())


def by_lines(lines: Sequence[str]) -> Kind:
    """The kind that the lines of a block without a language look like."""
    sample = [line[:300] for line in lines if line[:300].strip()][:_SAMPLE]
    if not sample:
        return Kind.PROSE
    first = sample[0].strip()
    if any(mark in line for line in sample[:60] for mark in _TREE_MARKS):
        return Kind.TREE
    if is_repl(sample):
        return Kind.REPL
    if any(line.lstrip().startswith("Traceback (most recent") for line in sample):
        return Kind.OUTPUT
    if is_diff(sample):
        return Kind.DIFF
    bodies = [line.strip() for line in sample]
    if any(_STRONG.match(line) for line in bodies):
        return Kind.PYTHON
    code = [line for line in bodies if not line.startswith(("#", "--"))]
    if not code:
        return Kind.PROSE
    if _ERROR.match(first):
        return Kind.OUTPUT
    if _looks_like_config(first, code):
        return Kind.CONFIG
    if any(_LOG.match(line) for line in code[:3]):
        return Kind.OUTPUT
    if _SHELL.match(code[0]):
        return Kind.SHELL
    if code[0].startswith(("/", "~/")) and " " not in code[0]:
        return Kind.OUTPUT
    return _by_share(sample, bodies)


def _by_share(sample: list[str], bodies: list[str]) -> Kind:
    statements = sum(1 for line in bodies if _STATEMENT.match(line))
    telling = sum(1 for line in bodies if _STATEMENT.match(line) and not _YAML.match(line))
    indented = sum(1 for line in sample if line[:1] in " \t" or line.startswith("#"))
    if telling and statements + indented >= 0.6 * len(bodies):
        return Kind.PYTHON
    if sum(1 for line in bodies if len(line.split()) >= 5) * 2 >= len(bodies):
        return Kind.PROSE
    return Kind.OUTPUT


def looks_like_python(lines: Sequence[str]) -> bool:
    """Whether some line can only be Python: for blocks whose language says something else."""
    return any(_STRONG.match(line.strip()[:300]) for line in lines[:_SAMPLE]) and by_lines(lines) is Kind.PYTHON


def begins_python(line: str) -> bool:
    """Whether a line, unindented and outside any fence, can only be the start of Python code."""
    return bool(_STRONG.match(line[:300]))


def continues_python(line: str) -> bool:
    """Whether an unindented line that follows Python code belongs to it rather than to the prose."""
    line = line[:300]
    return line[:1] in "#@)]}\"'" or bool(_STRONG.match(line) or _STATEMENT.match(line))


def is_repl(lines: Sequence[str]) -> bool:
    """Whether the first lines hold a prompt of the interactive interpreter."""
    return any(re.match(r"\s*(?:>>> |>>>$|In \[\d+\]: )", line) for line in lines[:20])


def is_diff(lines: Sequence[str]) -> bool:
    """Whether every line that is not blank is a line of a diff and some are added or removed."""
    changed = False
    for line in lines[:_SAMPLE]:
        if not line.strip():
            continue
        if line.startswith(("@@", "diff --git ", "index ", "\\ No newline")):
            continue
        if line[0] in "+-":
            changed = True
        elif line[0] != " " and not line.startswith("#"):
            return False
    return changed


def _looks_like_config(first: str, code: list[str]) -> bool:
    if first[0] in "{[" and any(re.match(r"[\[{]*\s*\"[^\"]*\"\s*[:,\]]", line) for line in code[:3] + code[-1:]):
        return True
    if _TOML.match(first) or _SQL.match(code[0]):
        return True
    if all(_ENV.match(line) for line in code):
        return True
    if re.match(r"FROM \S+(?: AS \w+)?$", first):
        return True
    return len(code) > 1 and all(_YAML.match(line) or line.startswith("- ") for line in code)

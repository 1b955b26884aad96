"""sql-echo: SQL is logged in development and not in production."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from harness.criteria import prose
from harness.criteria.criterion import (
    Criterion,
    Example,
    Kind,
    Opinion,
    Sample,
    Subject,
    at,
    failed,
    passed,
    unknown,
)

if TYPE_CHECKING:
    from harness.observations import EchoSeen

_SET = frozenset({"true", "True", "1"})
_SWITCHED = _SET | {"false", "False", "0"}


def _static(subject: Subject) -> Opinion:
    facts = subject.facts
    always = [each for each in facts.engines if each.echo is True]
    if always:
        return failed("SQL logging is always on", [at(each.at, "echo is always true here") for each in always])
    silent = [each for each in facts.engines if each.echo is False]
    if silent and len(silent) == len(facts.engines) and not (facts.logging_configured or facts.listens_to_statements):
        return failed("SQL is never logged", [at(each.at, "echo is never true here") for each in silent])
    if not facts.engines and not facts.names_engines and not facts.unreadable:
        return failed("the code makes no engine, so nothing logs SQL")
    return unknown("whether SQL is logged depends on the environment")


def _dynamic(subject: Subject) -> Opinion:
    echoes = [each for each in subject.run.echoes if each.echo is not None]
    if not echoes:
        return subject.not_run
    on = [each for each in echoes if each.profile == "development" and each.echo]
    production = [each for each in echoes if each.profile == "production"] or echoes
    off = [each for each in production if each.profile != "development" and not each.echo]
    switches = {value for each in production for value in each.variables.values()}
    if switches <= _SWITCHED and not _told_to_be_off(subject, production):
        # a switch is off unless it is set; one that is set in production says that it is that
        unset = [each for each in echoes if each.profile == "unset"]
        off += [each for each in unset if not each.echo]
        on += [each for each in unset if each.echo and switches & _SET]
    if on and off:
        return passed(
            f"SQL is logged with {on[0].variables or 'no variable set'} and not with {off[0].variables or 'none'}"
        )
    if not off and any(each.echo for each in production if each.profile != "development"):
        return failed("SQL logging is on in production too")
    if on:
        return unknown("no production environment could be tried")
    if subject.facts.listens_to_statements:
        return unknown("the engine logs nothing; whether the code's own listener does cannot be seen")
    tried = [each for each in echoes if each.profile == "development"]
    if not tried:
        return failed("SQL logging is off and no setting or variable turns it on")
    return failed(f"SQL logging stays off in development ({tried[0].variables})")


def _told_to_be_off(subject: Subject, production: list[EchoSeen]) -> bool:
    """Whether the prose turns the switch off by a word, ``SQL_ECHO=false``, that leaves SQL logging on."""
    names = {name for each in production if each.echo for name in each.variables}
    patterns = tuple(rf"\b{re.escape(prose.plain(name))} ?[=:] ?[\"']?(?:false|0|no|off)\b" for name in sorted(names))
    return bool(patterns and prose.names(prose.plain(subject.prose), patterns))


CRITERION = Criterion(
    id="sql-echo",
    title="SQL logging by environment",
    statement="SQL logging is on in development and off in production, through a setting or an environment variable.",
    why='echo=True in production writes every statement with its parameters into the log; bool("False") is True.',
    remedy='`echo=os.getenv("ENVIRONMENT", "production") == "development"`.',
    kind=Kind.BEHAVIOUR,
    example=Example(
        wrong="""
from sqlalchemy.ext.asyncio import create_async_engine

engine = create_async_engine("postgresql+asyncpg://localhost/app", pool_size=10, pool_pre_ping=True, echo=True)  # !
""",
        right="""
import os

from sqlalchemy.ext.asyncio import create_async_engine

development = os.getenv("ENVIRONMENT", "production") == "development"
engine = create_async_engine("postgresql+asyncpg://localhost/app", pool_size=10, pool_pre_ping=True, echo=development)
""",
    ),
    sources=(
        "https://docs.sqlalchemy.org/en/20/core/engines.html#configuring-logging",
        "https://fastapi.tiangolo.com/advanced/settings/",
    ),
    static=_static,
    dynamic=_dynamic,
    passing=(Sample('e = create_async_engine(DATABASE_URL, pool_size=5, echo=os.getenv("ENV") == "dev")\n', also=()),),
    failing=(
        Sample("e = create_async_engine(DATABASE_URL, pool_size=5, echo=True)  # !\n"),
        Sample("e = create_async_engine(DATABASE_URL, pool_size=5)  # !\n"),
    ),
)

"""``harness skill prompt``: a skill as a system prompt."""

from __future__ import annotations

from typing import Annotated

import typer

from harness.cli.skill.options import HELP, SHIPPED, Format, load

EXAMPLES = """\b
Examples:
  harness skill prompt > system.md
  harness skill prompt --budget 4000
  harness skill prompt --skill fastapi --budget 6000 --format json
"""


def prompt(
    skill: Annotated[str, typer.Option(help=HELP)] = SHIPPED,
    budget: Annotated[
        int | None,
        typer.Option(min=0, help="Tokens, by a cautious estimate, that references may fill up; else all are taken."),
    ] = None,
    format: Annotated[Format, typer.Option(help="What to write on standard output.")] = Format.TEXT,  # noqa: A002
) -> None:
    """Write a skill's instructions, and the references that fit a budget, as a system prompt.

    Tokens are estimated without any model's vocabulary: one for 3.5 ASCII characters, one for each other character.
    That is 10 to 31 % more than o200k_base counts in Markdown with code.
    """
    from harness.cli.output import note, write
    from harness.reports.json import to_text
    from harness.skills import estimated_tokens

    found = load(skill)
    text = found.prompt(budget)
    taken = found.fitting(budget)
    left_out = [name for name in found.references if name not in taken]
    tokens = estimated_tokens(text)
    if format is Format.JSON:
        data = {"prompt": text, "tokens": tokens, "references": list(taken), "left_out": left_out}
        write(to_text(data))
        return
    write(text)
    if left_out:
        note(f"about {tokens:,} tokens; left out: {', '.join(left_out)}")
    if budget is not None and tokens > budget:
        note(f"the instructions alone are about {tokens:,} tokens, more than the budget of {budget:,}")

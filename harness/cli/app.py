"""The commands of ``harness``."""

from __future__ import annotations

from typing import Annotated

import typer

from harness.cli import doctor, grade
from harness.cli import eval as evaluation

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(wanted: bool) -> None:
    if wanted:
        from harness.diagnosis import installed_version

        typer.echo(f"harness {installed_version('relational-db-agent')}")
        raise typer.Exit


@app.callback()
def common(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version.", callback=_print_version, is_eager=True)
    ] = False,
) -> None:
    """Grades async SQLModel session code by reading it and by really running it.

    Exit status: 0 all pass (or came out as expected), 1 some verdict does not, 2 wrong usage or unreadable input,
    3 the machine failed.
    """


app.command("eval", epilog=evaluation.EXAMPLES)(evaluation.evaluate_stored)
app.command("grade", epilog=grade.EXAMPLES)(grade.grade)
app.command("doctor", epilog=doctor.EXAMPLES)(doctor.doctor)

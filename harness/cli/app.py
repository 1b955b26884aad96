"""The commands of ``harness``."""

from __future__ import annotations

from typing import Annotated, Any, cast

import typer
from typer.core import TyperCommand, TyperGroup

from harness.cli import check, compare, doctor, explain, grade, improve, report
from harness.cli import eval as evaluation
from harness.cli.output import write
from harness.cli.skill import install, prompt, show, validate, verify
from harness.cli.skill import list as listing

INTERRUPTED = 130
"""What ``app`` returns when Ctrl-C ended a command that did not see to it itself."""

# typer does not export the base of its complaints about arguments
UsageError = cast("type[typer.BadParameter]", typer.BadParameter.__base__)


class _Help:
    """Writes the help as everything else is written, so that a full disk is reported in the same words."""

    def get_help_option(self, ctx: Any) -> Any:
        option = super().get_help_option(ctx)  # type: ignore[misc]
        if option is not None:
            option.callback = _print_help
        return option


class _Group(_Help, TyperGroup):
    pass


class _Command(_Help, TyperCommand):
    pass


app = typer.Typer(
    cls=_Group,
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_help(ctx: typer.Context, _parameter: object, wanted: bool) -> None:
    if wanted:
        write(f"{ctx.get_help()}\n")
        raise typer.Exit


def _print_version(wanted: bool) -> None:
    if wanted:
        from harness.diagnosis import installed_version

        write(f"harness {installed_version('relational-db-agent')}\n")
        raise typer.Exit


@app.callback()
def common(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version.", callback=_print_version, is_eager=True)
    ] = False,
) -> None:
    """Grades async SQLModel session code by reading it and by really running it.

    Exit status: 0 all pass (or came out as expected), 1 some verdict does not, 2 wrong usage or unreadable input,
    3 the machine failed, 130 interrupted.
    """


skill = typer.Typer(
    cls=_Group, no_args_is_help=True, rich_markup_mode=None, help="What agents load: find, judge, install."
)
app.command("eval", cls=_Command, epilog=evaluation.EXAMPLES)(evaluation.evaluate_stored)
app.command("grade", cls=_Command, epilog=grade.EXAMPLES)(grade.grade)
app.command("check", cls=_Command, epilog=check.EXAMPLES)(check.check)
app.command("explain", cls=_Command, epilog=explain.EXAMPLES)(explain.explain)
app.command("report", cls=_Command, epilog=report.EXAMPLES)(report.report)
app.command("compare", cls=_Command, epilog=compare.EXAMPLES)(compare.compare)
app.command("improve", cls=_Command, epilog=improve.EXAMPLES)(improve.improve)
app.command("doctor", cls=_Command, epilog=doctor.EXAMPLES)(doctor.doctor)

app.add_typer(skill, name="skill")
skill.command("list", cls=_Command, epilog=listing.EXAMPLES)(listing.list_skills)
skill.command("show", cls=_Command, epilog=show.EXAMPLES)(show.show)
skill.command("validate", cls=_Command, epilog=validate.EXAMPLES)(validate.validate)
skill.command("verify", cls=_Command, epilog=verify.EXAMPLES)(verify.verify)
skill.command("install", cls=_Command, epilog=install.EXAMPLES)(install.install)
skill.command("prompt", cls=_Command, epilog=prompt.EXAMPLES)(prompt.prompt)

"""Skills, their validation and installation, for people and as JSON."""

from __future__ import annotations

from itertools import groupby
from typing import IO, TYPE_CHECKING, Any

from rich.console import Console

from harness.checking.findings import Level, Report
from harness.reports import checked
from harness.reports.checked import counted
from harness.reports.checked_text import write_findings
from harness.skills.tokens import estimated_tokens

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.skills.installation import Installed
    from harness.skills.places import Place
    from harness.skills.skill import Skill
    from harness.skills.validation import Validated


def skill_to_json(skill: Skill) -> dict[str, Any]:
    """What a skill is.

    ``{"name", "description", "license", "metadata", "folder", "digest", "tokens": {"instructions", "all"},
    "references": [{"name", "tokens"}], "files": [{"name", "bytes"}]}``; tokens are estimated.
    """
    header = skill.header
    return {
        "name": header.name,
        "description": header.description,
        "license": header.license,
        "metadata": dict(header.metadata),
        "folder": str(skill.folder),
        "digest": skill.digest,
        "tokens": {"instructions": estimated_tokens(skill.prompt(0)), "all": estimated_tokens(skill.prompt())},
        "references": [{"name": name, "tokens": estimated_tokens(text)} for name, text in skill.references.items()],
        "files": [{"name": name, "bytes": len(content)} for name, content in skill.files.items()],
    }


def skill_to_text(skill: Skill) -> str:
    """The same, for people."""
    data = skill_to_json(skill)
    costs = {each["name"]: f", {each['tokens']:,} tokens" for each in data["references"]}
    lines = [
        f"{data['name']}: {data['description'] or 'no description'}",
        "",
        f"folder     {data['folder']}",
        f"digest     {data['digest']}",
        f"tokens     {data['tokens']['instructions']:,}, with all references {data['tokens']['all']:,} (estimated)",
        *([f"license    {data['license']}"] if data["license"] else []),
        *(f"{key:10} {value}" for key, value in data["metadata"].items()),
        "",
        *(f"  {each['name']}  {each['bytes']:,} bytes{costs.get(each['name'], '')}" for each in data["files"]),
    ]
    return "\n".join(lines) + "\n"


def places_to_json(found: Sequence[tuple[Place, Skill | None]]) -> dict[str, Any]:
    """``{"skills": [{"name", "package", "folder", "description"}]}``; description is null where it cannot be read."""
    return {
        "skills": [
            {
                "name": place.name,
                "package": place.package,
                "folder": str(place.folder),
                "description": skill.header.description if skill is not None else None,
            }
            for place, skill in found
        ]
    }


def places_to_text(found: Sequence[tuple[Place, Skill | None]]) -> str:
    """One line a skill."""
    width = max(len(place.name) for place, _ in found)
    packages = max(len(place.package) for place, _ in found)
    return "".join(f"{place.name:{width}}  {place.package:{packages}}  {place.folder}\n" for place, _ in found)


def validated_to_json(validated: Validated) -> dict[str, Any]:
    """``{"skill": {"name", "folder", "digest"}, "valid": true, "findings": [...], "unread": [...], "pages": {...}}``.

    Findings are those of ``harness check --format json`` without fixes; pages are ``{name: {"blocks", "judged"}}``.
    """
    skill = validated.skill
    data = checked.to_json(Report(validated.findings, validated.unread))
    for each in data["findings"]:
        del each["fixable"], each["unsafe"]
    return {
        "skill": {"name": skill.header.name, "folder": str(skill.folder), "digest": skill.digest},
        "valid": validated.valid,
        "findings": data["findings"],
        "unread": data["unread"],
        "pages": {page: {"blocks": count.blocks, "judged": count.judged} for page, count in validated.counts.items()},
    }


def write_validated(validated: Validated, stream: IO[str]) -> None:
    """``path:line:column: rule: message`` with remedies; a summary at the end."""
    console = Console(file=stream, highlight=False, markup=False, emoji=False)
    for _, findings in groupby(validated.findings, lambda each: each.path):
        write_findings(console, findings)
    for unread in validated.unread:
        console.print(f"{unread.path}:{unread.line}:{unread.column}: not checked: {unread.reason}", soft_wrap=True)
    for line in _summary(validated):
        console.print(line, soft_wrap=True)


def _summary(validated: Validated) -> list[str]:
    advice = sum(each.level is Level.ADVICE for each in validated.findings)
    blocks = sum(each.blocks for each in validated.counts.values())
    judged = sum(each.judged for each in validated.counts.values())
    state = "valid" if validated.valid else counted(validated.errors, "error")
    unread = f", {counted(len(validated.unread), 'file')} not checked" if validated.unread else ""
    read = f"{judged} of {counted(blocks, 'Python block')} in {counted(len(validated.counts), 'page')} judged"
    lines = [f"{validated.skill.header.name}: {state}, {advice} advice{unread}; {read}."]
    codes = [each.criterion for each in validated.findings if each.criterion in validated.criteria]
    if codes:
        lines.append(f"What it means and what to write instead: harness explain {codes[0]}")
    return lines


def installed_to_json(skill: Skill, done: Sequence[Installed]) -> dict[str, Any]:
    """``{"name", "digest", "installed": [{"folder", "written": [...], "unchanged": 3, "others": [...]}]}``."""
    return {
        "name": skill.header.name,
        "digest": skill.digest,
        "installed": [
            {
                "folder": str(each.folder),
                "written": list(each.written),
                "unchanged": each.unchanged,
                "others": list(each.others),
            }
            for each in done
        ],
    }


def installed_to_text(done: Sequence[Installed]) -> str:
    """One line a folder."""
    lines = []
    for each in done:
        if each.written:
            unchanged = f", {each.unchanged} unchanged" if each.unchanged else ""
            lines.append(f"{each.folder}: {counted(len(each.written), 'file')} written{unchanged}")
        else:
            lines.append(f"{each.folder}: up to date, {counted(each.unchanged, 'file')}")
        if each.others:
            lines.append(f"{each.folder}: let be, not of this skill: {', '.join(each.others)}")
    return "\n".join(lines) + "\n"

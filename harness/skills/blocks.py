"""The code of a skill, read as the code of an answer is: what its blocks do wrong for async code."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from harness.answer import extract
from harness.answer.answer import Role
from harness.checking.findings import Finding, Level
from harness.criteria import CRITERIA, Subject
from harness.observations import Observations
from harness.skills.skill import ENTRY
from harness.source.reader import Reader
from harness.verdicts import Evidence, State

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from harness.answer.answer import Answer, Block
    from harness.observations import Place
    from harness.skills.skill import Skill
    from harness.source.facts import At, Reading

CODE = tuple(criterion.id for criterion in CRITERIA.values() if criterion.find is not None)
"""The criteria that hold for any code, whatever was asked for."""

_PYTHON = frozenset({Role.FILE, Role.FRAGMENT, Role.ALTERNATIVE})
_LANGUAGES = frozenset({"python", "py", "python3"})
_READ_ONLY = Observations(ran=False, why_not="code of skills is read only")


@dataclass(frozen=True, slots=True)
class Count:
    """Of one page: its blocks of Python that are shown as right, and those of them that stand by themselves.

    The others (attributes of a class, code with a part left out) are not judged: what is wrong with them may be right
    in their surroundings.
    """

    blocks: int = 0
    judged: int = 0


@dataclass(frozen=True, slots=True)
class Judged:
    """The faults, by place, and what was read of each page."""

    findings: list[Finding] = field(default_factory=list)
    counts: dict[str, Count] = field(default_factory=dict)


def judge_pages(skill: Skill) -> Judged:
    """The certain faults in the Python blocks of ``SKILL.md`` and the references.

    Each page is an answer of its own. Blocks that a page marks as wrong are set aside, as everywhere. A path is that
    below the skill's folder. Nothing is run. Raises ``MachineError`` when no process that reads can be started.
    """
    found: set[Finding] = set()
    counts: dict[str, Count] = {}
    with Reader() as reader:
        for page, text in pages(skill).items():
            answer = extract(text)
            found.update(_faults(page, answer, reader))
            misnamed = [each for each in answer.blocks if each.role is Role.CONFIG and each.language in _LANGUAGES]
            found.update(_misnamed(page, block) for block in misnamed)
            right = sum(block.role in _PYTHON for block in answer.blocks)
            counts[page] = Count(right + len(misnamed), sum(not file.partial for file in answer.files))
    return Judged(sorted(found), counts)


def pages(skill: Skill) -> Mapping[str, str]:
    """``SKILL.md`` without its front matter and every reference, with the line numbers of the files."""
    return {ENTRY: skill.instructions, **skill.references}


def _faults(page: str, answer: Answer, reader: Reader) -> Iterator[Finding]:
    if answer.refused:
        yield Finding(page, 1, 1, "imports", answer.refused, "Keep a page short: agents read it whole.")
        return
    if not answer.files:
        return
    reading = reader.read(answer.files, (), complete="nothing", entities={})
    subject = _subject(answer, reading)
    lines = {file.path: file.lines for file in answer.files}
    for name in CODE:
        criterion = CRITERIA[name]
        opinion = criterion.static(subject)
        if opinion.state is not State.FAIL:
            continue
        for evidence in opinion.evidence or (Evidence(page, 1, opinion.reason),):
            first = lines.get(evidence.path, (1,))[0]
            yield Finding(
                page,
                evidence.line or first,
                evidence.column or 1,
                name,
                evidence.message,
                opinion.remedy or criterion.remedy,
            )


def _misnamed(page: str, block: Block) -> Finding:
    message = f"this Python block was not judged: what stands before it makes it the file {block.path}"
    remedy = "Put a sentence between the name of a file and the code that is not in it."
    return Finding(page, block.lines[0] if block.lines else 1, 1, "blocks", message, remedy, level=Level.ADVICE)


def _subject(answer: Answer, reading: Reading) -> Subject:
    def nowhere(place: Place) -> At:
        raise AssertionError("nothing was run")

    return Subject(
        facts=reading.facts,
        wrong=reading.wrong,
        prose=answer.prose,
        run=_READ_ONLY,
        locate=nowhere,
        notes=answer.problems,
    )

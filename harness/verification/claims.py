"""What a skill claims: which code is right, which is wrong and how, and among which files it is to be run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.documents import read_text
from harness.errors import InputError
from harness.verification.sections import MAX_BYTES, TEST, Block, Section, sections
from harness.verification.trials import CASES, case_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

_INDEX = "SKILL.md"
_ASSETS = "assets"
_MOST_FILES = 500


@dataclass(frozen=True, slots=True)
class Claim:
    """A section, the files that its code is put among, the tests of its document, and the cases that judge it."""

    section: Section
    files: tuple[Block, ...]
    tests: tuple[Block, ...]
    cases: tuple[str, ...]

    @property
    def app(self) -> tuple[Block, ...]:
        """The files without the tests among them."""
        return tuple(block for block in self.files if not block.is_test)

    @property
    def text(self) -> str:
        """The claim in words."""
        if self.section.faults is None:
            return "right"
        return "shows " + ", ".join(
            fault.name + (f" on {fault.database}" if fault.database else "") for fault in self.section.faults
        )


def claims_of(skill: Path) -> list[Claim]:
    """All claims of the skill in a folder; the code of ``assets`` and ``SKILL.md`` is what other code is put among.

    Raises InputError for a folder that cannot be read.
    """
    pages = sorted(
        path for path in skill.rglob("*.md") if path.is_file() and path.relative_to(skill).parts[0] != _ASSETS
    )
    if skill / _INDEX not in pages:
        raise InputError(f"{skill}: there is no SKILL.md in it")
    if len(pages) > _MOST_FILES:
        raise InputError(f"{skill}: more than {_MOST_FILES} Markdown files")
    pages.sort(key=lambda path: path.parent != skill)
    assets = _assets(skill)
    claims = [Claim(assets, assets.code, assets.tests, CASES)] if assets.blocks else []
    index = sections(skill / _INDEX, _INDEX)
    right = tuple(block for each in index if each.faults is None for block in each.code)
    base = _over([block for block in right if block.named], assets.blocks)
    if right:
        whole = Section(_INDEX, right[0].lines[0], "", right)
        claims.append(Claim(whole, _over(right, assets.blocks), (), CASES))
    claims += _of_page([each for each in index if each.faults is not None or each.tests], base)
    for page in pages:
        if page != skill / _INDEX:
            claims += _of_page(sections(page, page.relative_to(skill).as_posix()), base)
    return claims


def _over(blocks: Sequence[Block], base: Sequence[Block]) -> tuple[Block, ...]:
    """The blocks, and those of the base whose files they do not bring."""
    paths = {block.path for block in blocks}
    return (*blocks, *(block for block in base if block.path not in paths))


def _of_page(found: Sequence[Section], base: Sequence[Block]) -> Iterator[Claim]:
    apart = [each for each in found if each.faults is None and not each.code]
    tests = tuple(block for each in apart for block in each.tests)
    own_code = any(each.code and each.faults is None for each in found)
    named = [fault.name for each in found for fault in each.faults or () if fault.name != TEST]
    cases = tuple(dict.fromkeys(map(case_of, named))) or (case_of(""),)
    for section in found:
        if own_code and section in apart:
            continue  # it is run with the code that it is about
        yield Claim(section, _over(section.code, base), section.tests or tests, cases)


def _assets(skill: Path) -> Section:
    """The files of ``assets`` in it."""
    folder = skill / _ASSETS
    files = sorted(folder.rglob("*.py")) if folder.is_dir() else []
    if len(files) > _MOST_FILES:
        raise InputError(f"{folder}: more than {_MOST_FILES} Python files")
    blocks = []
    for file in files:
        code = read_text(file, MAX_BYTES)
        lines = tuple(range(1, code.count("\n") + 1))
        blocks.append(Block(file.relative_to(folder).as_posix(), code, lines))
    return Section(_ASSETS, 1, "", tuple(blocks))

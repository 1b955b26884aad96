"""Reads what prose says of code that came before it: that it is withdrawn, wrong, or replaced by what follows."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from harness.answer import retraction_words as words
from harness.answer.retraction_languages import LANGUAGES, NAME

if TYPE_CHECKING:
    from collections.abc import Iterator

LIMIT = 3000  # characters of one paragraph that are looked at
_SWAP = re.compile(
    r"(?:.*[.:;!,]\s+)?(?:(?:\d+[.)]|then|now|please|simply|just|and|so|first|finally),?\s+)*"
    r"(?:replace|change|swap|switch|turn|ersetzen?|ändern?|remplace[rz]?|change[rz]|reemplaza|sustituye|cambia|substitua|"
    r"troque|sostituisci)\b(?!.*\b(?:with|by|to|into|for|durch|zu|par|en|por|con)\b)[^.!?]{0,160}[:：]?"
)
_REVISION = re.compile(
    r"(?:.*[.:;!,]\s+)?(?:(?:\d+[.)]|then|now|please|simply|just|and|so|first|finally|also),?\s+)*"
    r"(?:replace|change|update|modify|adjust|swap|edit|redefine|ersetzen?|ändern?|remplace[rz]?|change[rz]|reemplaza|"
    r"cambia|actualiza|substitua|altere|sostituisci|modifica)\b.{0,160}[:：]"
)
_CONDITION = re.compile(
    r"\b(?:if you|optionally|alternatively|unless you|should you|wenn (?:du|sie|ihr)|falls|"
    r"si (?:vous|tu|usas|prefieres)|se (?:você|vuoi|usi))\b|"
    r"^(?:\d+[.)] )?(?:for|in|when) (?:\w+ ){0,3}(?:tests?|testing|production|development|debugging|"
    r"postgres\w*|sqlite)\b"
)
_PREPOSITION = r"(?:with|by|to|into|for|durch|zu|par|en|por|con)"
_SWAPPED_FOR = re.compile(rf"{_PREPOSITION}\b[^.!?]{{0,60}}[:：]?")
_SWAPPED_FOR_THIS = re.compile(
    rf"{_PREPOSITION}(?: (?:this|these|that|the following|diese[nsmr]?|ceci|esto|esta|isto|questo)"
    r"(?: (?:code|lines?|one))?)?\s*[:：]?",
    re.IGNORECASE,
)
_SENTENCE = re.compile(r"(?<=[.!?])[\s\"')]+(?=\S)|(?<=[。！？])")


class Reach(Enum):
    """Which of the blocks before the text are meant."""

    LAST = "the last block"
    GROUP = "the last block, and those beside it that are written anew"
    FIRST = "the first block"
    EVERYTHING = "all blocks"
    DRAFTS = "all blocks that are called drafts"


@dataclass(frozen=True, slots=True)
class Retraction:
    """``names`` are the definitions that are meant; empty for whole blocks.

    With ``anew`` only what later code defines again is withdrawn: a slip does not spoil all that stands beside it.
    """

    reach: Reach
    names: tuple[str, ...] = ()
    anew: bool = False


@dataclass(frozen=True, slots=True)
class Reading:
    """The retractions of a paragraph, and ``rest``: its words without them and without marks."""

    retractions: tuple[Retraction, ...]
    rest: str


@dataclass(frozen=True, slots=True)
class _Phrase:
    pattern: re.Pattern[str]
    anew: bool = False
    imperative: bool = False


def _phrases() -> Iterator[_Phrase]:
    for lang in LANGUAGES:
        thing = lang.thing
        any_thing = rf"(?:{lang.everything}|{thing})"
        bare_end = r"(?=\s*(?:[.!;:：,…—–-]|$|(?:and|und|et|y|e|и) ))"
        yield _phrase(rf"\b(?:{lang.discard}) {any_thing}", imperative=True)
        yield _phrase(rf"\b(?:{lang.bare}){bare_end}", imperative=True)
        yield _phrase(rf"\b(?:{lang.forbid.replace('THING', any_thing)})")
        yield _phrase(rf"\b(?:{lang.replaces}) {any_thing}")
        yield _phrase(rf"\b{thing} (?:{lang.wrong})")
        yield _phrase(rf"\b{thing} (?:{lang.slip})", anew=True)
        yield _phrase(rf"\b(?:{lang.mistake.replace('THING', thing)})", anew=True)
    yield _Phrase(words.CJK_SCRAP)
    yield _Phrase(words.CJK_WRONG, anew=True)


def _phrase(pattern: str, *, anew: bool = False, imperative: bool = False) -> _Phrase:
    return _Phrase(re.compile(pattern, re.IGNORECASE), anew, imperative)


_PHRASES = tuple(_phrases())


def read(text: str) -> Reading | None:
    """What ``text`` takes back; None when it takes nothing back. Only its first 3,000 characters are read."""
    plain = re.sub(r"\*\*|__|(?<!\w)[*_]|[*_](?!\w)", "", text[:LIMIT]).replace("’", "'")
    plain = " ".join(plain.split())
    found: list[Retraction] = []
    rest: list[str] = []
    for sentence in _SENTENCE.split(plain):
        left = sentence
        for start, end, retraction in _of_sentence(sentence, sure=bool(words.CHANGE_OF_MIND.search(plain))):
            found.append(retraction)
            left = left[:start] + " " * (end - start) + left[end:]
        rest.append(" ".join(left.split()))
    if (words.FINAL.search(plain) and words.WHOLE.search(plain)) or words.WHOLE_FILE.search(plain):
        found.append(Retraction(Reach.DRAFTS))
    return Reading(tuple(dict.fromkeys(found)), " ".join(part for part in rest if part)) if found else None


def is_draft(text: str) -> bool:
    """Whether a heading or a paragraph begins by calling the code below it a draft or a first attempt."""
    return bool(words.DRAFT.match(text[:120]))


def revises(before: str) -> bool:
    """Whether the text before a block tells to change, by what it shows, code that was shown before.

    What is to be changed on a condition only is not meant: the code stays right where the condition does not hold.
    """
    plain = " ".join(re.sub(r"[*_`]", "", before[-300:]).lower().split())
    last = _SENTENCE.split(plain)[-1]
    return bool(_REVISION.fullmatch(last) and not _CONDITION.search(last))


def swaps(before: str, after: str) -> bool:
    """Whether the text before a block and the one after it read "replace", and "by": the block is to go."""
    first, second = (" ".join(re.sub(r"[*_`]", "", text).split()) for text in (before[-300:], after[:300]))
    goes_on = _SWAPPED_FOR.fullmatch(second) or _SWAPPED_FOR_THIS.fullmatch(second)  # a sentence of its own does not
    return bool(goes_on and _SWAP.fullmatch(_SENTENCE.split(first.lower())[-1]))


def _of_sentence(sentence: str, *, sure: bool) -> Iterator[tuple[int, int, Retraction]]:
    """The retractions of one sentence with their places; ``sure`` is whether its paragraph changes its mind."""
    if match := words.CHANGE_OF_MIND.match(sentence):
        yield match.start(), match.end(), Retraction(Reach.GROUP, anew=True)
    for phrase in _PHRASES:
        match = phrase.pattern.search(sentence)
        if match is None or words.CONDITION.search(sentence, 0, match.start()):
            continue
        if phrase.imperative and not _is_told(sentence[: match.start()], match.group()):
            continue
        if not phrase.anew and words.NARROWS.match(sentence, match.end()):
            continue
        said = match.group()
        if not sure and not words.POSITION.search(said):
            # "This code is wrong:" may as well be said of the next block, and "that version" of a library's.
            introduces = not phrase.imperative or sentence[match.end() :].lstrip().startswith((":", "："))
            if introduces and words.AT_HAND.search(said):
                continue
            if not phrase.imperative and words.ELSEWHERE.search(said):
                continue
        yield match.start(), match.end(), _meant(said, anew=phrase.anew, imperative=phrase.imperative)


def _is_told(before: str, said: str) -> bool:
    """Whether an imperative is one, by what stands before it; that one *can* ignore something says little of it."""
    lead = words.IMPERATIVE.search(before)
    return lead is not None and not (lead.group("permission") and said.lower().startswith("ignore"))


def _meant(said: str, *, anew: bool, imperative: bool) -> Retraction:
    if names := tuple(name.strip("`()") for name in re.findall(NAME, said)):
        return Retraction(Reach.LAST, names, anew=anew or not imperative)
    if words.EVERYTHING.search(said):
        return Retraction(Reach.EVERYTHING, anew=anew)
    if words.FIRST.search(said):
        return Retraction(Reach.FIRST, anew=anew)
    return Retraction(Reach.LAST if words.ONE.search(said) else Reach.GROUP, anew=anew)

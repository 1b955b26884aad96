"""Reads marks: does a heading, a sentence, a comment or a name say that the code it belongs to is wrong, or right?"""

from __future__ import annotations

import re
from dataclasses import dataclass

from harness.answer.words import (
    HARMLESS,
    LABEL_RIGHT,
    LABEL_WRONG,
    RIGHT_SIGNS,
    STRONG_RIGHT,
    STRONG_WRONG,
    WEAK_RIGHT,
    WEAK_WRONG,
    WRONG_SIGNS,
    YOUR_CODE,
)

_CLAUSE = re.compile(r"[;；,，。]\s+|[;；，。]|\s[—–-]{1,2}\s|\s→\s|\bbut\b|\bhowever\b")
_SENTENCE_END = re.compile(r"(?<=[.!?。！？])[\s)*\"']+(?=\S)|(?<=[。！？])|\n\s*\n")
_PAIR = re.compile(r"\b(?:vs\.?|versus|and|or|to|und|et|y|e)\b|[/&→>+]|和|与|と")
_DEICTIC = re.compile(
    r"\b(?:this|here|following|below|these|such|like so|example|looks like|snippet|code|folgende[rsn]?|ci-dessous|"
    r"siguiente|seguinte|seguente)\b"
    r"|这|這|以下|下面|次の|다음|следующ|вот|пример"
)
_CODE_LIKE = re.compile(
    r"^(?:import |from \S+ import |(?:await |return |yield )?[\w.]+\s*(?:=|\()|(?:async )?def |class \w|@\w|await )"
)
_BARE = re.compile(
    r"(?:for (?:example|instance)|example|like (?:this|so)|e\.g\.|consider(?: this)?|例如|たとえば|z\. ?b\.)\s*[:：]?$"
)
_INSTEAD_OF = re.compile(r"(?:so |and )?(instead of|rather than)\b[^,;]{0,120}:")
_COMMENT_WRONG = re.compile(
    r"(?:wrong|bad|incorrect|broken|buggy|problem|problematic|anti-?pattern|antipattern|mistake|faulty|naive|unsafe|"
    r"before|original|old|"
    r"don't|do not|never do this|not like this|avoid|avoid this|avoid doing this|not recommended|no!|nope|"
    r"falsch|schlecht|nicht so|mauvais|incorrecte?|faux|incorrecto|mal|errado|incorreto|ruim|sbagliato|errato|fout|"
    r"неправильно|неверно|плохо|错误|錯誤|不要(?:这样|這樣)?|反例|不好|错|間違い|悪い例|ng|잘못된|나쁜|yanlış|źle|sai)"
    r"(?:[ _-]?(?:way|approach|version|example|code|pattern|practice|idea|usage|import|do this|do that|use this|"
    r"ever|this|implementation|"
    r"例|示例|写法|做法|的写法|的做法|예|코드|방법|:? ?\d))*"
    r"\s*(?:$|[:：,，!！(（.—–;)\]-]|（|=>|→)"
)
_COMMENT_RIGHT = re.compile(
    r"(?:right|good|correct|corrected|fixed|fix|after|better|best|solution|do this|instead|recommended|proper|safe|"
    r"ok|okay|working|new|preferred|"
    r"richtig|korrekt|gut|besser|bon|bonne|correcto?|bien|certo|correto|bom|giusto|corretto|goed|правильно|хорошо|"
    r"верно|"
    r"正确|正確|正しい|良い例|推荐|ok|올바른|좋은|doğru|dobrze|đúng)"
    r"(?:[ _-]?(?:way|approach|version|example|code|pattern|practice|usage|import|instead|this|implementation|例|"
    r"示例|写法|做法|的写法|的做法|예|코드|방법|:? ?\d))*"
    r"\s*(?:$|[:：,，!！(（.—–;)\]-]|（|=>|→)"
)
_SHOUT = re.compile(
    r"(?:WRONG|BAD|INCORRECT|BROKEN|BUGGY|ANTI-?PATTERN|DON'?T|DO NOT|NEVER|AVOID|PROBLEM)\b(?! REQUEST| GATEWAY)"
)
_SHOUT_RIGHT = re.compile(r"(?:RIGHT|GOOD|CORRECT|FIXED|BETTER|FIX|RECOMMENDED)\b")
_NAME_WRONG = frozenset("bad wrong broken incorrect buggy antipattern naive unsafe dont".split())
_NAME_RIGHT = frozenset("good right correct fixed proper safe better".split())
_NAME_HARMLESS = re.compile(
    r"bad_?(?:request|gateway)|wrong_?(?:password|credentials|id|type)|broken_?(?:pipe|link)", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Signal:
    """``wrong`` or right, said outright (``strong``) or merely suggested; ``cue`` is what said it."""

    wrong: bool
    strong: bool
    cue: str


def of_heading(text: str) -> Signal | None:
    """What a heading or a label says of the code below it."""
    if _has_both_signs(text):
        return None
    return _of_signs(text) or _of_label(text) or _of_words(_plain(text), heading=True)


def of_prose(text: str) -> Signal | None:
    """What the paragraph right before a block says of it: its last sentence, or the one before a bare lead-in."""
    sentences = [s.strip() for s in _SENTENCE_END.split(text[-800:].strip()) if s and s.strip()]
    if not sentences:
        return None
    last = sentences[-1]
    bare = len(sentences) > 1 and _BARE.match(_plain(last))
    return _of_sentence(last) or (_of_sentence(sentences[-2], introduces=True) if bare else None)


def of_comment(text: str) -> Signal | None:
    """What a comment says of the code by the way it begins; a remark in passing says nothing."""
    text = text.strip().strip("#=-*~ ").strip()
    if not text:
        return None
    if signal := _of_signs(text[:3]) or (_of_signs(text[-2:]) if len(text) < 80 else None):
        body = text.strip(WRONG_SIGNS + RIGHT_SIGNS + "\ufe0f ").strip()
        return None if signal.wrong and _CODE_LIKE.match(body) else signal
    if match := _SHOUT.match(text):
        if _CODE_LIKE.match(text[match.end() :].strip(" :-–—")):
            return None
        return Signal(wrong=True, strong=True, cue=text[:60])
    if _SHOUT_RIGHT.match(text):
        return Signal(wrong=False, strong=True, cue=text[:60])
    lowered = _plain(text)
    lowered = re.sub(r"^(?:the |a |option \w:? ?|\d+[.):] ?|\(|\[)", "", lowered)
    if HARMLESS.match(lowered):
        return None
    if _COMMENT_WRONG.match(lowered) and not _COMMENT_RIGHT.match(lowered):
        rest = _COMMENT_WRONG.sub("", lowered, count=1)
        return None if _CODE_LIKE.match(rest.strip()) else Signal(wrong=True, strong=True, cue=text[:60])
    if _COMMENT_RIGHT.match(lowered):
        return Signal(wrong=False, strong=True, cue=text[:60])
    if re.search(r"\((?:wrong|bad|incorrect|broken|buggy|don't do this|anti-?pattern)\)\s*$", lowered):
        return Signal(wrong=True, strong=True, cue=text[:60])
    return None


def of_name(name: str) -> Signal | None:
    """What the name of a definition says: ``bad_get_task``, ``SessionWrong``."""
    if _NAME_HARMLESS.search(name):
        return None
    words = re.findall(r"[A-Z]?[a-z0-9]+|[A-Z]+", name[:100])
    ends = {words[0].lower(), words[-1].lower()} if len(words) > 1 else set()
    if ends & _NAME_WRONG:
        return Signal(wrong=True, strong=True, cue=name)
    if ends & _NAME_RIGHT:
        return Signal(wrong=False, strong=True, cue=name)
    return None


def of_path(path: str) -> Signal | None:
    """What a file name or one of its folders says: ``session_bad.py``, ``wrong/main.py``; a hint where it is wrong."""
    for part in reversed(re.sub(r"\.pyi?$", "", path.lower()).split("/")):
        words = [
            word
            for word in re.split(
                r"[\W_]+", part.replace("anti_pattern", "antipattern").replace("anti-pattern", "antipattern")
            )
            if word
        ]
        words = ["antipattern" if word == "antipatterns" else word for word in words]
        if not words or words[0] == "test" or _NAME_HARMLESS.search(part):
            continue
        ends = {words[0], words[-1]}
        if ends & _NAME_WRONG or words[-1] == "before":
            return Signal(wrong=True, strong=False, cue=path)
        if ends & _NAME_RIGHT or words[-1] == "after":
            return Signal(wrong=False, strong=True, cue=path)
    return None


def _of_signs(text: str) -> Signal | None:
    wrong = any(sign in text for sign in WRONG_SIGNS)
    right = any(sign in text for sign in RIGHT_SIGNS)
    return None if wrong == right else Signal(wrong=wrong, strong=True, cue=text.strip()[:60])


def _of_label(text: str) -> Signal | None:
    body = re.sub(r"\([^)]{0,100}\)|（[^）]{0,100}）", "", _plain(text))
    head = re.split(r"[:：—–]|\s-\s", body, maxsplit=1)[0].strip(" .!,\"'`[]")
    head = re.sub(r"^(?:\d+[.)]|[a-d][.)]|the|example|beispiel|ejemplo|exemple)\s+", "", head)
    if head in LABEL_WRONG:
        weak = {"problem", "issue", "before", "original", "antes", "avant", "vorher", "prima", "之前"}
        return Signal(wrong=True, strong=head not in weak, cue=text.strip()[:60])
    if head in LABEL_RIGHT:
        return Signal(wrong=False, strong=True, cue=text.strip()[:60])
    return None


def _of_sentence(sentence: str, *, introduces: bool = False) -> Signal | None:
    if _has_both_signs(sentence):
        return None
    introduces = introduces or sentence.rstrip("*_ \"'").endswith((":", "：", "↓", "👇")) or len(sentence.split()) <= 3
    if introduces and (match := _INSTEAD_OF.fullmatch(_plain(sentence))):
        return Signal(wrong=True, strong=True, cue=match.group(1))
    signal = _of_signs(sentence) or (_of_label(sentence) if introduces else None)
    if signal is not None:
        return signal
    signal = _of_words(_plain(sentence), heading=False)
    if signal is not None and signal.wrong and not introduces and not _DEICTIC.search(sentence.lower()):
        return None
    return signal


def _has_both_signs(text: str) -> bool:
    return any(sign in text for sign in WRONG_SIGNS) and any(sign in text for sign in RIGHT_SIGNS)


def _of_words(text: str, *, heading: bool) -> Signal | None:
    text = HARMLESS.sub(" ", text)
    if heading and (match := re.match(r"(?:\d+[.)]\s*)?(?:avoid|never|don't|do not)\b(?!ing)", text)):
        return Signal(wrong=True, strong=True, cue=match.group())
    for clause in reversed([c for c in _CLAUSE.split(text) if c and c.strip()]):
        decided, signal = _of_clause(clause.strip())
        if decided:
            return signal
    return None


def _of_clause(clause: str) -> tuple[bool, Signal | None]:
    """Whether the clause settles the matter, and how."""
    wrong = STRONG_WRONG.search(clause)
    right = STRONG_RIGHT.search(clause)
    while wrong and right and wrong.start() <= right.start() < wrong.end():
        right = STRONG_RIGHT.search(clause, wrong.end())
    imperative = WEAK_RIGHT.search(clause)
    if re.search(r"\bavoid (?:this|that|these|doing|writing|code like)\b|^avoid\s*[:：]", clause) and not wrong:
        return True, Signal(wrong=True, strong=True, cue="avoid")
    if wrong and right:
        if wrong.start() < right.start() and _PAIR.search(clause, wrong.end(), right.start()):
            return True, None
        first = wrong if wrong.start() < right.start() else right
        return True, Signal(wrong=first is wrong, strong=True, cue=first.group())
    if wrong:
        if (
            imperative
            and imperative.start() < wrong.start()
            and not imperative.group().startswith(("do", "create", "return"))
        ):
            return True, Signal(wrong=False, strong=True, cue=imperative.group().strip())
        return True, Signal(wrong=True, strong=not re.match(r"what", clause), cue=wrong.group())
    if right:
        return True, Signal(wrong=False, strong=True, cue=right.group())
    if imperative:
        return True, Signal(wrong=False, strong=False, cue=imperative.group().strip())
    weak = WEAK_WRONG.search(clause) or YOUR_CODE.search(clause)
    if weak:
        return True, Signal(wrong=True, strong=False, cue=weak.group())
    return False, None


def _plain(text: str) -> str:
    """Lower case, without Markdown marks and inline code's content that could be taken for words."""
    text = re.sub(r"`[^`\n]{0,200}`", " code ", text[-1000:]).replace("’", "'")
    return re.sub(r"[*_`#>\ufe0f]+", "", text).strip().lower()

"""Options: code that a completion offers beside other code, to choose from."""

from __future__ import annotations

import re

_NUMBER = (
    r"(?:(?:[1-9]\d?|[一二三四五①-⑤甲乙丙])(?=$|[\s:.)\]—–,*(：（-])"
    r"|(?:[a-f]|i{1,3}|iv|v|one|two|three|four)(?=$|\s*[:.)\]—–,*(：（-]))"
)
_NUMBERED = re.compile(
    r"(?:^|[\s(\[*#])(?P<label>(?:option|approach|method|solution|alternative|variant|variante|way|fix|choice|"
    r"strategy|opción|opcion|opção|opzione|"
    r"option n°|lösung|möglichkeit|méthode|solución|método|metodo|soluzione|solução|вариант|способ|решение|방법|옵션|"
    r"optie|opcja|seçenek|pilihan)\s*#?\s*" + _NUMBER + r")"
    r"|(?P<cjk>(?:方案|方法|选项|選項|做法|方式|解法|オプション|案|パターン)\s*[一二三四五1-9a-eａ-ｅ①-⑤])"
)
_OPENING = re.compile(
    r"(?:(?:and |also |a |an |or |as a |as an |one |another |simple |second |"
    r"third )*alternative(?:ly)?\b(?! import)|alternatives?\s*[:：]|"
    r"or(?:,| with\b| use\b| using\b| load\b| if you\b| explicitly\b| via\b| you\b|\s*[:：])|another (?:option|way|"
    r"approach|possibility|solution)|"
    r"(?:you|one) (?:can|could|may|might) also (?:use|do (?:it|this)|go)\b|if you(?:'d)? (?:prefer|rather|"
    r"would rather|would prefer)\b|other (?:options?|ways?)|"
    r"oder\b|alternativ\b|ou\b|o bien\b|oppure\b|in alternativa\b|或者|另一种|也可以|または|あるいは|もしくは|또는|"
    r"или\b|либо\b|"
    r"the same with \w+\s*[:：])"
)
_COMMENT = re.compile(
    r"(?:or|alternative(?:ly)?|another (?:option|way))\b(?:,? (?:with|use|using|via)\b.{0,60}|\s*[:：].{0,60}|"
    r",.{0,60})?$"
)
_PLURAL = re.compile(
    r"(?:\d+[.)]\s*)?(?:(?:other|more|some|two|three|the|possible|your|alternative|\d) )*(?:options|alternatives?|"
    r"approaches|solutions|variants|variations|"
    r"ways to (?:fix|do|solve|load)\b.*|alternativen|opciones|alternativas|opções|alternative|варианты|альтернативы|"
    r"其他方案|替代方案|备选方案|"
    r"代替案|別の方法|대안)\s*(?:\(.*\))?[:：]?"
)


def of_heading(text: str, *, first: bool) -> str | None:
    """The label of the option that a heading or label announces; None when it announces none.

    ``first`` is True before any right code: then there is nothing yet that it could be an alternative to, and only a
    numbered option counts.
    """
    return _numbered(text) or (_short(text) if not first and _OPENING.match(_plain(text)) else None)


def holds_options(text: str) -> bool:
    """Whether the blocks below a heading are options, each by itself ("Alternatives")."""
    return bool(_PLURAL.fullmatch(_plain(text)))


def of_prose(text: str, *, first: bool) -> str | None:
    """The label of the option that the last sentence before a block announces; ``first`` as in ``of_heading``."""
    tail = re.split(r"(?<=[.!?。])\s+|\n", text[-600:].strip())[-1]
    plain = _plain(tail)
    numbered = re.match(r"(?:\d+[.)]\s*)?", plain)
    if found := _NUMBERED.match(plain, numbered.end() if numbered else 0):
        return (found.group("label") or found.group("cjk")).strip().capitalize()
    return _short(tail) if not first and _OPENING.match(plain) else None


def of_comment(text: str) -> str | None:
    """The label of the option that a comment of its own line announces."""
    plain = _plain(text).strip("-=# ")
    if found := _NUMBERED.match(plain):
        return (found.group("label") or found.group("cjk")).strip().capitalize()
    return _short(text) if _COMMENT.match(plain) else None


def _numbered(text: str) -> str | None:
    found = _NUMBERED.search(_plain(text))
    return (found.group("label") or found.group("cjk")).strip().capitalize() if found else None


def _plain(text: str) -> str:
    return re.sub(r"[*_`#]+", "", text[:600]).replace("’", "'").strip().lower()


def _short(text: str) -> str:
    return re.sub(r"[*_`#]+", "", text).strip().rstrip(":：.")[:60]

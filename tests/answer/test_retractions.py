"""Text after a block that takes it back: what is said, and what becomes of the code."""

from __future__ import annotations

import time

import pytest

from harness.answer import Answer, Role, extract, retractions, signals
from harness.answer.retractions import Reach

TAKES_BACK = {
    "Sorry, please ignore that snippet: strings were removed": Reach.LAST,
    "Hmm, actually, scrap that.": Reach.GROUP,
    "Don't use the version above. Here is the one to keep:": Reach.GROUP,
    "**Final version.** This replaces everything above; save it as `database.py`:": Reach.EVERYTHING,
    "Forget that `get_session`; replace it by": Reach.LAST,
    "Actually, wait — `refresh` needs it. Use this:": Reach.GROUP,
    "The code above is wrong because the session is shared:": Reach.GROUP,
    "The code above has a bug. Fixed:": Reach.GROUP,
    "I made a mistake above. Here it is again:": Reach.GROUP,
    "Please disregard the previous version:": Reach.GROUP,
    "Do **not** use the earlier draft.": Reach.GROUP,
    "Ignore everything above.": Reach.EVERYTHING,
    "Disregard all of the above:": Reach.EVERYTHING,
    "Wait, that's not right. It should be:": Reach.GROUP,
    "There's a bug in the code above:": Reach.GROUP,
    "You can disregard the snippet above.": Reach.LAST,
    "Don't use the first version: it leaks.": Reach.FIRST,
    "I take that back.": Reach.GROUP,
    "This supersedes the code above:": Reach.GROUP,
    "Ignore the snippet above in favour of this one:": Reach.LAST,
    "Here is the final, complete file:": Reach.DRAFTS,
    "Vergiss den Code oben, so ist es richtig:": Reach.GROUP,
    "Verwende die obige Version nicht. Nimm diese:": Reach.GROUP,
    "Der Code oben ist falsch.": Reach.GROUP,
    "Das ersetzt alles Obige:": Reach.EVERYTHING,
    "Oubliez le code ci-dessus, voici le bon :": Reach.GROUP,
    "N'utilisez pas la version précédente :": Reach.GROUP,
    "J'ai fait une erreur ci-dessus.": Reach.GROUP,
    "Ignora el código anterior:": Reach.GROUP,
    "No uses la versión de arriba.": Reach.GROUP,
    "Esto reemplaza todo lo anterior:": Reach.EVERYTHING,
    "Ignore o código acima:": Reach.GROUP,
    "Não use a versão anterior.": Reach.GROUP,
    "Ignora il codice sopra:": Reach.GROUP,
    "Dimentica quel frammento:": Reach.LAST,
    "请忽略上面的代码：": Reach.GROUP,
    "不要使用之前的版本。": Reach.GROUP,
    "上面的代码有误，正确的是：": Reach.GROUP,
    "以下代码替换上面的所有代码：": Reach.EVERYTHING,
    "上のコードは無視してください。": Reach.GROUP,
    "先ほどのコードは間違っていました。": Reach.GROUP,
    "위의 코드는 무시하세요.": Reach.GROUP,
    "위 코드는 잘못되었습니다.": Reach.GROUP,
    "Забудьте про код выше:": Reach.GROUP,
    "Не используйте предыдущую версию.": Reach.GROUP,
    "Код выше неверный.": Reach.GROUP,
}
LEAVES = [
    "The endpoint above returns the task.",
    "As shown above, the session is closed.",
    "Ignore the warning above.",
    "You can ignore the code above.",
    "Unlike the version above, this one commits.",
    "Don't use the session above in a background task:",
    "Don't use the code above in a background task:",
    "Use the code above:",
    "Add this below the code above:",
    "This replaces the `get_session` in your project:",
    "This replaces everything in `main.py`:",
    "Don't forget the code above needs imports:",
    "Don't ignore the code above.",
    "If you use PostgreSQL, ignore the snippet above:",
    "Ignore the snippet above if you use Alembic.",
    "The code above is not wrong, but slow:",
    "Nothing in the code above is wrong.",
    "The code above doesn't work with psycopg2; use:",
    "Forget that sessions are cheap:",
    "Ignore the `session` parameter:",
    "SQLModel 0.0.8 has it. Don't use that version.",
    "Do not use the previous version of SQLAlchemy:",
    "This code is wrong:",
    "Actually, you must wait for the commit:",
    "SQLAlchemy will then discard that.",
    "You may see a SAWarning. Ignore that.",
    "The error above is wrong:",
    "What is wrong with the code above?",
    "If you forget that `get_session` yields, it leaks.",
    "Verwende den obigen Code nicht in Hintergrundtasks:",
    "Ignoriere die Warnung oben.",
    "N'utilisez pas la session ci-dessus dans une tâche de fond :",
    "Ce code est incorrect :",
    "No uses la sesión anterior en segundo plano:",
    "Não use a sessão acima:",
    "Usa il codice sopra:",
    "忽略上面的警告：",
    "不要在后台任务中使用上面的会话：",
    "上のコードをバックグラウンドタスクでは使わないで:",
    "위의 코드를 사용하세요:",
    "Этот код неверный:",
]
PATHS = {
    "shared_session_bad.py": True,
    "wrong_session.py": True,
    "main_before.py": True,
    "before.py": True,
    "bad/main.py": True,
    "anti_pattern.py": True,
    "anti-patterns/session.py": True,
    "session_per_request_good.py": False,
    "main_after.py": False,
    "right/main.py": False,
    "fixed.py": False,
    "before_request.py": None,
    "bad_request.py": None,
    "errors/wrong_password.py": None,
    "test_bad.py": None,
    "badges.py": None,
    "app/database.py": None,
    "copyright.py": None,
}

ENGINE = "engine = make_engine()\n\n\n"
SESSION = "def get_session():\n    return {}\n"
MODEL = "class Task:\n    pass\n"


def fence(code: str) -> str:
    return f"\n\n```python\n{code}```\n\n"


FIRST, SECOND = fence(SESSION.format(1)), fence(SESSION.format(2))
BOTH = fence(ENGINE + SESSION.format(1))
SHAPES: dict[str, tuple[str, str]] = {
    # reach
    "one": (FIRST + "Scrap that:" + SECOND, "wrong fragment"),
    "nothing-follows": (FIRST + "Scrap that.", "fragment"),
    "only-imports-follow": (FIRST + "Scrap that:" + fence("import os\n"), "fragment fragment"),
    "only-wrong-follows": (FIRST + "Scrap that. Don't do this:" + SECOND, "fragment wrong"),
    "nothing-before": ("Don't do this:" + FIRST + "The code above is wrong:" + SECOND, "wrong fragment"),
    "beside-and-kept": (fence(MODEL) + FIRST + "Scrap that version:" + SECOND, "fragment wrong fragment"),
    "beside-and-anew": (BOTH + fence(MODEL) + "Scrap that:" + SECOND, "wrong wrong fragment"),
    "only-the-last": (BOTH + fence(MODEL) + "Ignore that snippet:" + SECOND, "fragment wrong fragment"),
    "not-past-a-heading": (
        "## A" + FIRST + "## B" + fence(MODEL) + "Scrap that:" + fence(MODEL + SESSION.format(2)),
        "fragment wrong fragment",
    ),
    "not-past-a-rule": (
        FIRST + "---" + fence(MODEL) + "Scrap that:" + fence(MODEL + SESSION.format(2)),
        "fragment wrong fragment",
    ),
    "after-a-rule": (FIRST + "---\n\nPlease ignore that snippet:" + SECOND, "wrong fragment"),
    "after-a-heading": (FIRST + "## Correction: ignore the code above" + SECOND, "wrong fragment"),
    "everything": (FIRST + "## B" + fence(MODEL) + "This replaces everything above:" + SECOND, "wrong wrong fragment"),
    "first": (fence(MODEL) + FIRST + SECOND + "Don't use the first version.", "fragment wrong fragment"),
    "twice": (FIRST + "Scrap that:" + SECOND + "Scrap that:" + fence(SESSION.format(3)), "wrong wrong fragment"),
    "past-output": (FIRST + "```\nValueError: x\n```\n\nScrap that:" + SECOND, "wrong output fragment"),
    "of-the-shell": (FIRST + "```bash\npip install x\n```\n\nIgnore that snippet:" + SECOND, "fragment shell fragment"),
    "lead-in-is-no-mark": (FIRST + "Don't use the version above:" + SECOND, "wrong fragment"),
    "german": (FIRST + "Verwende die obige Version nicht:" + SECOND, "wrong fragment"),
    "chinese": (FIRST + "请忽略上面的代码：" + SECOND, "wrong fragment"),
    # parts
    "named": (BOTH + "Forget that `get_session`; replace it by" + SECOND, "fragment wrong fragment"),
    "named-earlier": (
        BOTH + fence(MODEL) + "Ignore the `get_session` above:" + SECOND,
        "fragment wrong fragment fragment",
    ),
    "named-unknown": (BOTH + "Forget that `session`:" + SECOND, "fragment fragment"),
    "named-all-but-imports": (
        fence("import os\n\n\n" + SESSION.format(1)) + "Forget that `get_session`:" + SECOND,
        "wrong fragment",
    ),
    "slip-in-a-part": (BOTH + "I made a mistake above:" + SECOND, "fragment wrong fragment"),
    "slip-in-all": (FIRST + "The code above has a bug:" + SECOND, "wrong fragment"),
    "slip-elsewhere": (FIRST + "The code above has a bug:" + fence(MODEL), "fragment fragment"),
    "wrong-in-all": (BOTH + "The code above is wrong:" + SECOND, "wrong fragment"),
    # drafts
    "draft-then-all": ("**Draft**" + FIRST + "Here is the final, complete file:" + SECOND, "wrong fragment"),
    "draft-in-words": ("First attempt:" + FIRST + "Here is the whole file:" + SECOND, "wrong fragment"),
    "draft-then-final": ("**Draft**" + FIRST + "**Final version**" + SECOND, "fragment fragment"),
    "no-draft": (FIRST + "Here is the final, complete file:" + SECOND, "fragment fragment"),
    # names of files
    "file-names": ("`a_bad.py`" + FIRST + "`a_good.py`" + SECOND, "wrong:a_bad.py file:a_good.py"),
    "folders": ("`wrong/a.py`" + FIRST + "`right/a.py`" + SECOND, "wrong:wrong/a.py file:right/a.py"),
    "only-a-bad-file": ("`a_bad.py`" + FIRST, "file:a_bad.py"),
    "right-version-of-a-bad-file": (
        "The fixed `a_bad.py`:" + FIRST + "`main.py`" + SECOND,
        "file:a_bad.py file:main.py",
    ),
    "comment-names": (
        fence("# a_before.py\n" + SESSION.format(1)) + fence("# a_after.py\n" + SESSION.format(2)),
        "wrong:a_before.py file:a_after.py",
    ),
}


def described(answer: Answer) -> str:
    return " ".join(b.role.value + (f":{b.path}" if b.path else "") for b in answer.blocks)


@pytest.mark.parametrize("text", TAKES_BACK)
def test_takes_back(text: str) -> None:
    reading = retractions.read(text)
    assert reading is not None
    assert reading.retractions[0].reach is TAKES_BACK[text]


@pytest.mark.parametrize("text", LEAVES)
def test_leaves(text: str) -> None:
    assert retractions.read(text) is None


@pytest.mark.parametrize("text", LEAVES)
def test_leaves_both_blocks_right(text: str) -> None:
    answer = extract(FIRST + text + "\n\nThen:" + SECOND)
    assert all(block.role in {Role.FRAGMENT, Role.FILE} for block in answer.blocks)


@pytest.mark.parametrize("path", PATHS)
def test_path(path: str) -> None:
    signal = signals.of_path(path)
    assert (None if signal is None else signal.wrong) is PATHS[path]


@pytest.mark.parametrize("name", SHAPES)
def test_shape(name: str) -> None:
    text, expected = SHAPES[name]
    assert described(extract(text)) == expected


def test_a_withdrawn_definition_leaves_the_rest_and_its_lines() -> None:
    answer = extract("`db.py`" + BOTH + "Forget that `get_session`:" + SECOND)
    assert [(f.path, f.source.strip(), f.lines[0]) for f in answer.files] == [
        ("db.py", "engine = make_engine()", 4),
        ("block3.py", SESSION.format(2).strip(), 14),
    ]
    assert [(f.path, f.source, f.lines) for f in answer.wrong] == [("db.py", SESSION.format(1), (7, 8))]
    assert [b.reason for b in answer.blocks if b.role is Role.WRONG] == ["withdrawn by the text after it"]


HOSTILE = {
    "paragraphs": "Ignore the code above and the first version.\n\n" * 20_000,
    "one paragraph": "ignore the code above " * 45_000,
    "articles": "ignore the my all of whole entire very code " * 22_000,
    "fillers": "so, " * 250_000,
    "names": "Forget that " + "`f`, " * 200_000,
    "spaces": "ignore" + " " * 900_000 + "x",
    "after each block": (FIRST + "Forget that `get_session`. Scrap that. Don't use the first version.\n\n") * 1500,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_long_text_takes_less_than_a_second(name: str) -> None:
    text = FIRST + HOSTILE[name] + "\n\n" + SECOND
    fastest = 9.0
    for _ in range(3):
        start = time.process_time()
        extract(text)
        fastest = min(fastest, time.process_time() - start)
        if fastest < 1:
            break
    assert fastest < 1

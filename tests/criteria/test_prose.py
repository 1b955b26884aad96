"""What prose names, language by language, and what takes it back."""

from __future__ import annotations

import pytest

from harness.criteria import CRITERIA, prose
from harness.verdicts import State
from tests.criteria import facts as f

CAUSE = """
Relationship = lazy by default; touching it means IO in a place that can't await.
`project` is fetched on first access, which needs a DB round trip that can't happen under asyncio.
SQLAlchemy goes back to the database when you access `task.project`. In async mode that can only happen inside an await.
The related project isn't loaded yet, and accessing it needs a synchronous database call outside the greenlet.
The relation has to be loaded before you touch it, since an attribute access cannot be awaited.
When you touch `task.project`, SQLAlchemy wants to query the database, but there is no greenlet context to await in.
The relationship wasn't eagerly loaded, and async sessions can't load it on attribute access.
Accessing an unloaded relationship in async code raises this error.
You are accessing a relationship that was not loaded while the session was awaiting.
The ORM defers loading of project until you access it, which is not possible in async.
SQLAlchemy tries to run a blocking query inside your coroutine when `.project` is read.
By default relationships are not loaded with the parent; they are queried when first accessed, synchronously.
You need eager loading here because relationships can't be loaded implicitly in async SQLAlchemy.
Lazy fetching is to blame.
The relation is lazily loaded.
SQLAlchemy loads them lazily.
The default is lazy="select".
Reading it emits SQL outside of any await.
The relationship is by default lazy.
It is a lazy attribute.
An implicit query happens.
It is deferred loading.
It is loaded on first access.
The project was not loaded, and reading it needs a query.
It triggers a hidden query.
Attribute access cannot be awaited.
原因是延迟加载。
遅延ロードが原因です。
レイジーロードが原因です。
지연 로딩 때문입니다.
레이지 로딩 때문입니다.
Это ленивая загрузка.
Это неявный запрос.
C'est un chargement différé.
Il est chargé paresseusement.
Es una carga diferida.
É um carregamento tardio.
È un caricamento differito.
Es wird verzögert geladen.
Das Attribut wird nachgeladen.
Es wird lazy laden genannt.
Bu tembel yükleme.
To leniwe ładowanie.
Het is lui laden.
Het wordt lazy laadt genoemd.
"""

CONSEQUENCE = """
The identity map returns outdated objects.
One failing request poisons the session for everyone.
Memory grows since the identity map is never cleared.
An exception in one request leaves the transaction aborted and every following request fails.
Lost updates and dirty reads.
Connections get exhausted because the shared session never returns its connection.
Statements interleave.
That is a race condition.
Cannot perform: another operation is in progress.
This session is provisioning a new connection.
Concurrent operations are not permitted.
It raises IllegalStateChangeError.
It raises PendingRollbackError.
It raises ResourceClosedError.
See isce.
It reads stale data.
Its identity map will grow.
State gets mixed up.
Data loss follows.
The commit stores what another request has added.
Another request is rolled back.
A rollback hits both.
It bleeds between requests.
Nobody knows whose changes are flushed.
Readers see uncommitted rows.
It breaks every later request.
One failed statement poisons everyone.
语句交错。
请求交叉。
竞态问题。
竞争条件。
数据损坏。
事务串在一起。
请求互相影响。
提交了别人的修改。
脏读。
别的请求的数据。
競合する。
データが壊れる。
結果が混ざる。
結果が混在する。
他のリクエストの変更。
コミットが別の処理に及ぶ。
別のリクエストに見える。
경쟁 상태.
데이터 손상.
트랜잭션이 섞인다.
다른 요청의 커밋.
커밋이 다른 곳에 미친다.
Это гонка.
Будут поврежденные данные.
Они смешиваются.
Они перемешиваются.
Откат отменит чужое.
Видны чужие изменения.
Видны устаревшие данные.
Alles wird vermischt.
Alles wird verschränkt.
Alles wird vermengt.
Alles geht durcheinander.
Es gibt einen Wettlauf.
Es gibt Datenverlust.
Es wird korrupt.
Es wird beschädigt.
Es wird inkonsistent.
Man sieht veraltete Daten.
Ein Commit speichert Fremdes.
Fremde Änderungen gehen mit.
Un mélange.
Des requêtes entremêlées.
Une condition de course.
La validation en touche une autre.
Une autre requête annule tout.
Des données périmées.
Se entrelazan.
Se mezclan.
Se corrompen.
Hay corrupción.
Es una condición de carrera.
Se confirma otra.
Otra solicitud ve los cambios.
Ve datos obsoletos.
Elas ficam entrelaçadas.
Elas se misturam.
É uma condição de corrida.
Vai reverter outra.
Outra requisição altera tudo.
Vê dados obsoletos.
Si intrecciano.
Si mescolano.
Sono corrotti.
C'è corruzione.
Il commit salva altro.
"""

NOTHING = """
The cause is a missing await: the query returns a coroutine, and reading it without await raises the error.
The error comes from your database URL: it uses a synchronous driver, so accessing it from async code fails.
You are accessing the database outside of an async context; make sure the engine is asynchronous.
The session is used when the request is over; the database call then runs outside of the event loop.
When you access the database, you must await the query.
The sync `session.get` blocks when you use it in async code; the database driver must be async.
Your database URL uses a synchronous driver, so the query blocks the event loop.
The engine must be created with create_async_engine, otherwise queries run synchronously.
Use a session for each request.
Open it in the dependency, and close it there.
It cannot be awaited.
Load the project with selectinload.
The relation loads with lazy="selectin".
"""

TAKEN_BACK = """
It is not lazy loading.
It isn't lazy loading.
It is never lazy loading.
no lazy loading here.
It goes without lazy loading.
It is unrelated to lazy loading.
Das ist nicht lazy loading.
Das ist keine lazy loading.
Ce n'est pas lazy loading.
No es lazy loading.
Não é lazy loading.
Nao é lazy loading.
这不是懒加载。
并非懒加载。
無関係の遅延ロード。
ではなく遅延ロード。
아니라 지연 로딩.
Это не ленивая загрузка.
"""

NOT_TAKEN_BACK = """
It is not a bug of yours. Lazy loading is the cause.
It is not a bug of yours; lazy loading is the cause.
It is not what many people who read this may think of: lazy loading.
The note says lazy loading, and it is not your fault.
It is not lazy loading of columns. It is lazy loading of a relation.
"""


def sentences(text: str) -> list[str]:
    return text.strip().splitlines()


def state(criterion: str, text: str) -> State:
    return CRITERIA[criterion].static(f.subject(prose=text)).state


@pytest.mark.parametrize("sentence", sentences(CAUSE))
def test_the_cause_is_named(sentence: str) -> None:
    assert state("diagnosis", sentence) is State.PASS


@pytest.mark.parametrize("sentence", sentences(CONSEQUENCE))
def test_a_consequence_is_named(sentence: str) -> None:
    assert state("problems-named", sentence) is State.PASS


@pytest.mark.parametrize("criterion", ["diagnosis", "problems-named"])
@pytest.mark.parametrize("sentence", ["", *sentences(NOTHING)])
def test_nothing_is_named(criterion: str, sentence: str) -> None:
    assert state(criterion, sentence) is State.FAIL


@pytest.mark.parametrize("sentence", sentences(TAKEN_BACK))
def test_a_negation_takes_it_back(sentence: str) -> None:
    assert state("diagnosis", sentence) is State.FAIL


@pytest.mark.parametrize("sentence", sentences(NOT_TAKEN_BACK))
def test_a_negation_elsewhere_does_not(sentence: str) -> None:
    assert state("diagnosis", sentence) is State.PASS


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("Lazy-Loading", "lazy loading"),
        ("a\n\n  b\tc", "a b c"),
        ("It **is** `lazy` _loading_ now", "it is lazy loading now"),
        ("# Lazy\n> loading | ~", " lazy loading ~"),
        ("It can’t", "it can't"),
        ("ｌａｚｙ ﬁnd", "lazy find"),
    ],
)
def test_plain(text: str, plain: str) -> None:
    assert prose.plain(text) == plain


def test_what_is_too_long_is_cut() -> None:
    long = "ab " * 66_666
    assert prose.names(prose.plain(long[:-12] + "lazy loading"), ("lazy loading",))
    assert not prose.names(prose.plain(long + "lazy loading"), ("lazy loading",))


@pytest.mark.parametrize(
    ("text", "passage"),
    [
        ("x", "x"),
        ("12345678 " * 4 + "x" + " 12345678" * 4, "78 " + "12345678 " * 3 + "x" + " 12345678" * 3 + " 12"),
        ("a x, no y, y", "a x, no y, y"),
        ("no x", ""),
        ("nothing", ""),
    ],
)
def test_the_passage_is_quoted_with_what_stands_around_it(text: str, passage: str) -> None:
    assert prose.names(text, (r"\bx\b", r"\by\b")) == passage


def test_the_reason_quotes_the_prose() -> None:
    opinion = CRITERIA["diagnosis"].static(f.subject(prose="It is **lazy loading**, you see."))
    assert opinion.reason == "the prose says: … it is lazy loading , you see. …"

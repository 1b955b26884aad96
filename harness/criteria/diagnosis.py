"""diagnosis: the prose names lazy loading in async code as the cause."""

from __future__ import annotations

from harness.criteria import prose
from harness.criteria.criterion import Criterion, Example, Kind, Opinion, Subject, failed, nothing_dynamic, passed

_LOADS = r"(?:load|fetch|quer(?:y|ies)|select\b|\bi/?o\b|round ?trip|database|\bdb\b)"
_RELATION = r"(?:\w+ ){0,3}?(?:relation|project|attribute|task\.|\.project|association)"
_NOT_YET = (
    r"(?:unloaded|(?:not|n't|never)(?: been| yet| eagerly| actually| already){0,2} (?:loaded|fetched|queried)|"
    r"(?:on|upon|at) (?:first |attribute )?access|on demand|until (?:you|it|they) |(?:is|are|when|if) first (?:access|touch|read)|"
    rf"(?:access|touch|read)(?:ing|es|s)? {_RELATION}|implicit\w* (?:\w+ ){{0,2}}(?:i/?o|load|quer)|\.project is read)"
)
_ASYNC = r"(?:async|await|greenlet|event loop|coroutine|synchronous|blocking)"

_PATTERNS = (
    r"\blaz(?:y|ily) by default",
    r"(?:relationship|relation|attribute|project)\w* = lazy",
    rf"{_NOT_YET}(?=[^!?]{{0,120}}{_LOADS})(?=[^!?]{{0,200}}{_ASYNC})",
    rf"{_LOADS}(?=[^!?;]{{0,120}}{_NOT_YET})(?=[^!?]{{0,160}}{_ASYNC})",
    rf"(?:unloaded|(?:not|n't|never)(?: been| yet| eagerly){{0,2}} loaded)(?=[^.!?]{{0,80}}{_ASYNC})",
    r"(?:can't|cannot|can not) be loaded implicitly",
    r"de (?:forma|manera|maneira|modo) (?:perezos|preguiços|diferid|implícit|tardi)",
    r"laz(?:y|ily)[ -]?(?:load|fetch|select|evaluat|initiali)",
    r"(?:loads?|loaded|fetch\w*) (?:it |them )?lazily",
    r"lazyload",
    r"lazy ?= ?[\"']?select\b(?!in)",
    r"(?:emit|issue|run|send|execute|fire|trigger)\w* (?:a |an |another |the )?(?:new |second |extra |database )?(?:select|sql|query|i/?o)\b"
    r"[^.]{0,160}(?:await|async|greenlet|event loop)",
    r"(?:relationship|relation|attribute|project)\w* (?:is|are|stays?|being) (?:\w+ ){0,2}lazy|lazy (?:relationship|relation|attribute)",
    r"implicit(?:ly)? (?:\w+ ){0,3}(?:i/?o|quer(?:y|ies)|select|load|sql|database|lazy|db)",
    r"(?:lazy|deferred|on demand|on access|on attribute access) (?:\w+ ){0,2}load",
    r"load(?:s|ed|ing)? (?:it )?(?:on|upon|at) (?:first |attribute )?access",
    r"(?:relationship|relation|attribute|project)\w* (?:is|was|has|had|were)(?: not|n't)(?: been| yet| eagerly)* (?:loaded|fetched)[^.]{0,200}"
    r"(?:select|query|i/?o|async|await)",
    r"(?:trigger|issue|emit|run|fire|start)\w* (?:\w+ ){0,3}(?:synchronous|sync|hidden|second|another|extra|lazy) (?:\w+ ){0,2}"
    r"(?:select|query|i/?o|load|database)",
    r"attribute access (?:can ?not|can't|is not|isn't) (?:be )?await",
    r"(?:延迟|懒|惰性|延遲|惰)(?:式)?(?:加载|載入|加載|载入)",
    r"遅延(?:読み込み|ロード|読込)",
    r"レイジー ?ロード",
    r"지연 ?(?:로딩|로드)",
    r"레이지 ?로딩",
    r"ленив\w+ (?:за|под)?груз",
    r"(?:отложенн|неявн)\w+ (?:\w+ )?(?:загрузк|запрос)",
    r"chargement (?:\w+ )?(?:paresseux|différé|tardif|implicite)",
    r"charg\w+ paresseu",
    r"carga (?:perezosa|diferida|implícita|preguiçosa|tardia)",
    r"(?:carregamento|carregad\w+) (?:preguiços\w|tardi\w|lento|sob demanda)",
    r"caricament\w+ (?:pigr\w|differit\w|ritardat\w|lazy)",
    r"(?:verzögert|träge|faul|implizit)\w*(?: \w+){0,2} \w*(?:lad|abfrage|select|query)|nach(?:ge)?lad(?:en|ung)",
    r"lazy (?:geladen|nachgeladen|laden)",
    r"tembel yükleme|leniw\w+ ładowani|lui laden|lazy (?:laad|geladen)",
)


def _static(subject: Subject) -> Opinion:
    found = prose.names(prose.plain(subject.prose), _PATTERNS)
    if found:
        return passed(f"the prose says: … {found} …")
    return failed("the prose does not name lazy loading as the cause")


CRITERION = Criterion(
    id="diagnosis",
    title="The cause is named",
    statement="The prose names lazy loading in async code as the cause.",
    why="Who does not know the cause meets the same error at the next relation.",
    remedy="Say that reading the unloaded relation triggers a lazy load, which attribute access cannot await.",
    kind=Kind.STRUCTURE,
    example=Example(
        wrong="""
The session is broken. Open a new one in the endpoint and the error goes away.
""",
        right="""
`task.project` is not loaded yet. Reading it makes SQLAlchemy load it lazily, with a query of its own, and attribute
access cannot await a query: hence `MissingGreenlet`.
""",
        language="markdown",
    ),
    sources=(
        "https://docs.sqlalchemy.org/en/20/errors.html#error-xd2s",
        "https://docs.sqlalchemy.org/en/20/orm/extensions/asyncio.html#preventing-implicit-io-when-using-asyncsession",
    ),
    static=_static,
    dynamic=nothing_dynamic,
)

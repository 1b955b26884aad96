"""problems-named: the prose names a real consequence of sharing a session."""

from __future__ import annotations

from harness.criteria import prose
from harness.criteria.criterion import Criterion, Example, Kind, Opinion, Subject, failed, nothing_dynamic, passed

_OTHER = r"(?:another|other|someone else|somebody else|different|each other|one another|everyone|everybody)"

_PATTERNS = (
    r"interleav",
    r"race condition",
    r"another operation (?:\(\w+\) )?is in progress",
    r"provisioning a new connection",
    r"concurrent operations (?:are )?not permitted",
    r"illegalstatechange|pendingrollback|resourceclosed|isce\b",
    r"stale (?:\w+ ){0,2}(?:data|identity|read|object|row|value|state|cache)",
    r"identity map[^.]{0,120}(?:stale|leak|old|share|grow|another|other|outdated|never)",
    r"(?:outdated|obsolete) (?:\w+ ){0,2}(?:data|object|row|value|state)|lost updates?|dirty reads?|phantom reads?",
    r"(?:poison|wreck|ruin)\w*[^.]{0,40}(?:session|everyone|everybody)",
    r"(?:exhaust|starv|hog|leak)\w*[^.]{0,60}(?:pool|connection)|(?:pool|connection)\w*[^.]{0,40}(?:exhaust|starv|leak)",
    r"(?:abort|broken|failed|invalid)\w* (?:transaction|session|state)[^.]{0,60}(?:every|all|other|next|following|later)"
    r"|transaction (?:is )?(?:abort|broken|fail|invalid)\w*[^.]{0,60}(?:every|all|other|next|following|later)",
    r"(?:data|state|transaction\w*) (?:is |gets |get |becomes? |may |can |could |be |being |\w+ ){0,3}(?:corrupt|mixed|leak|lost|tangled|garbled)",
    r"corrupt\w* (?:\w+ ){0,3}(?:data|state|transaction|session|row)",
    r"data (?:corruption|leak|loss)",
    rf"(?:commit|rollback|roll(?:s|ing|ed)? back|flush|persist|discard|undo|throw\w* away)[^.]{{0,120}}{_OTHER}",
    rf"{_OTHER}[^.]{{0,60}}(?:commit|rollback|roll(?:s|ing|ed)? back|uncommitted|pending changes|half (?:done|finished))",
    r"(?:commit|rollback|roll(?:s|ing|ed)? back)[^.]{0,80}(?:request [ab12]|[ab]'s|both|all (?:of the )?requests|the other)",
    r"(?:mix|share|cross|bleed|leak)\w*[^.]{0,40}(?:transaction|uncommitted|between requests|across requests)",
    r"(?:bleed|leak|spill)\w*[^.]{0,40}into",
    r"whose (?:\w+ ){0,3}(?:commit|rollback|roll|changes|writes|transaction)",
    r"(?:see|read|expose)\w*[^.]{0,40}uncommitted",
    r"(?:poison|break|affect)\w*[^.]{0,40}(?:other|every|all|everyone|each)[^.]{0,20}request",
    r"one (?:failure|failed|error|bad)(?! handler)[^.]{0,60}(?:every|all|other)[^.]{0,20}(?:request|user|client|caller)|one (?:failure|failed|error|bad)(?! handler)[^.]{0,60}(?:everyone|everybody)",
    r"交错|交叉|竞态|竞争条件|数据(?:损坏|错乱|污染|不一致|混乱|泄漏)|事务(?:混|交|互|串|污)|互相(?:影响|干扰|提交|回滚)|(?:提交|回滚)(?:了)?(?:另|别|其他|其它|他人)|脏(?:数据|读)|"
    r"(?:另|其他|其它|别的)\w{0,6}请求\w{0,10}(?:提交|回滚|数据|更改|修改)",
    r"競合|データ(?:破損|破壊|不整合|の不整合|が壊れ)|混ざ|混在|他の?リクエスト\w{0,12}(?:コミット|ロールバック|変更|データ)|(?:コミット|ロールバック)[^。]{0,40}(?:他|別)|別のリクエスト",
    r"경쟁 ?(?:상태|조건)|데이터 ?(?:손상|오염|불일치)|트랜잭션\w* ?(?:섞|뒤섞|꼬)|다른 요청[^.]{0,30}(?:커밋|롤백)|(?:커밋|롤백)[^.]{0,30}다른",
    r"гонк\w|состояни\w+ гонки|поврежден\w+ данн|смешива|перемешива|(?:коммит|фиксац|откат|rollback|commit)[^.]{0,80}(?:друг|чуж)|чуж\w+ (?:изменен|транзакц|данн)|устаревш\w+ данн",
    r"vermisch|verschränk|vermeng|durcheinander|wettlauf|\brace\b|datenverlust|korrupt|beschädigt|inkonsisten|veraltet\w* (?:daten|objekt|zustand)|"
    r"(?:commit|rollback|zurückgerollt|zurückrollt)[^.]{0,100}(?:\bander(?:e|er|en|es|em)\b|\bfremd)|(?:\bander(?:e|er|en|es|em)\b|\bfremd\w*)[^.]{0,80}(?:commit|rollback|zurückgerollt|änderungen)",
    r"entrelac|mélang|entremêl|corrompu|corruption|conditions? de (?:course|concurrence)|(?:commit|rollback|valid\w+|annul\w+)[^.]{0,100}autre|autres? requêtes?[^.]{0,60}(?:commit|rollback|valid|annul|modific)|données (?:périmées|obsolètes)",
    r"entrelaz|mezcl|corromp|corrup|condici\w+ de carrera|(?:commit|rollback|confirm\w+|revert\w+|deshac\w+)[^.]{0,100}otr[ao]|otr[ao]s? (?:petici|solicitud|request)\w*[^.]{0,60}(?:commit|rollback|cambios|confirm)|datos (?:obsoletos|desactualizados)",
    r"entrela[cç]|mistur|corromp|corrup|condi[cç][ãõ]\w* de corrida|(?:commit|rollback|confirm\w+|desfa\w+|revert\w+)[^.]{0,100}outr[ao]|outr[ao]s? (?:requisi|request)\w*[^.]{0,60}(?:commit|rollback|altera)|dados (?:obsoletos|desatualizados)",
    r"intrecci|mescol|corrott|corruzion|(?:commit|rollback)[^.]{0,100}altr[aoie]|\brace\b",
)


def _static(subject: Subject) -> Opinion:
    found = prose.names(prose.plain(subject.prose), _PATTERNS)
    if found:
        return passed(f"the prose says: … {found} …")
    return failed("the prose names no consequence of sharing a session")


CRITERION = Criterion(
    id="problems-named",
    title="The consequences are named",
    statement="The prose names a real consequence: interleaved transactions, another request's commit or rollback, "
    "concurrent operations, stale identity map, data corruption.",
    why="A rule without its reason is dropped at the first inconvenience.",
    remedy="Name one: one request's commit stores another's half-done work, its rollback throws it away.",
    kind=Kind.STRUCTURE,
    example=Example(
        wrong="""
Sharing a session is bad style.
""",
        right="""
All requests are in one transaction then: the commit of one stores what another has not finished, its rollback throws
the other's work away, and two at a time on one connection end in "another operation is in progress".
""",
        language="markdown",
    ),
    sources=(
        "https://docs.sqlalchemy.org/en/20/orm/session_basics.html#is-the-session-thread-safe-is-asyncsession-safe-to-share-in-concurrent-tasks",
    ),
    static=_static,
    dynamic=nothing_dynamic,
)

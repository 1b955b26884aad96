"""The words by which completions take code back: languages without spaces, and what widens or narrows a phrase."""

from __future__ import annotations

import re

from harness.answer.retraction_languages import LANGUAGES

# Languages without spaces between words: everything at once, by what is said.
_ZH_NOUN = r"(?:代码块?|版本|片段|示例|例子|草稿|写法|实现|程式碼|版|一版)"
_ZH = rf"(?:上面|上述|以上|前面|之前|刚才|先前|最初|第一)(?:的|那|个|段|这|给出|写|两){{0,4}}{_ZH_NOUN}"
_JA = (
    r"(?:上|上記|前|先ほど|先程|最初|さっき|以前|直前)の(?:コード(?:ブロック)?|スニペット|バージョン|ブロック|例|"
    r"実装|下書き|"
    r"ドラフト|版)"
)
_KO = (
    r"(?:위|앞|앞서|이전|처음|첫 ?번째|방금)(?:의|에서|에)? ?(?:작성한 |제시한 |있는 |보여 ?준 )?(?:코드|스니펫|"
    r"버전|블록|예제|초안|구현)"
)
CJK_SCRAP = re.compile(
    rf"(?:忽略|无视|忘掉|忘了|忘记|丢弃|抛弃|不要(?:使用|采用|用)|别用|请勿使用|作废)(?:我|掉|"
    rf"一下)?{_ZH}(?![里中的]|以外)|{_ZH}(?:已)?作废"
    rf"|(?:以下|下面|这|此)[^，。,]{{0,8}}(?:取代|替代|替换|代替)了?(?:{_ZH}|(?:上面|以上|之前)的?(?:所有|全部|一切|"
    rf"所有的)(?:代码|内容|版本)?)"
    rf"|{_JA}(?:は|を|については)?、?(?:すべて|全て)?(?:無視して|忘れて|破棄して|使わないで|使用しないで|捨てて|"
    rf"取り消し|撤回し)"
    rf"|(?:これ|以下|この\w{{1,6}})(?:は|が|で|の\w{{1,6}}[はが])、?上記の?(?:すべて|全て|全部|"
    rf"コード)(?:の[^、。]{{1,4}})?を?(?:置き換え|差し替え)"
    rf"|{_KO}(?:는|은|를|을)? ?(?:모두 )?(?:무시|잊어|버리|버려|폐기|사용하지 마|쓰지 마)"
    r"|위(?:의)? ?(?:모든 (?:것|코드|내용)|내용 전체|코드 전체|전부)(?:을|를)? ?대체"
)
CJK_WRONG = re.compile(
    rf"{_ZH}(?:其实|实际上)?(?:有误|有错误?|是错误?的|写错了|不对|不正确|有bug|有 bug)|我?(?:在)?上面(?:犯了|写错|"
    rf"弄错|搞错)"
    rf"|{_JA}(?:は|が|に)?、?(?:間違って|間違い|誤り|誤って|バグが|正しくありません|正しくない|動きません|動作しません)"
    r"|上記で(?:間違え|ミスを|誤りを)"
    rf"|{_KO}(?:는|은|가|이|에)? ?(?:잘못|틀렸|틀린|버그가|오류가 있|실수가)|위에서 (?:제가 )?실수"
)

EVERYTHING = re.compile(
    "|".join(f"(?:{lang.everything})" for lang in LANGUAGES)
    + r"|\b(?:all|both|alle|tous|todos|tutti)\b|(?:所有|全部|一切)|すべて|全て|全部|모든|모두|전체|전부",
    re.IGNORECASE,
)
FIRST = re.compile(
    r"\b(?:first|initial|erste[nrsm]?|premi(?:er|ère)|primer|primera|primeir[oa]|primo|prima|перв\w{2,3})\b|第一|最初|"
    r"처음|첫",
    re.IGNORECASE,
)
ONE = re.compile(
    r"\b(?:snippet|block|listing|codeblock|schnipsel|codeschnipsel|extrait|bloc|fragmento|bloque|trecho|bloco|"
    r"frammento|"
    r"blocco|фрагмент\w?|сниппет\w?|блок\w?)\b|片段|代码块|スニペット|ブロック|스니펫|블록",
    re.IGNORECASE,
)
CHANGE_OF_MIND = re.compile(
    r"(?:(?:hmm+|oh|oops|ok|okay|sorry|no|ah)[,.!…\s—–-]+)*(?:actually[,.…\s—–-]+(?:no[,.\s—–-]+)?wait|(?:no|"
    r"oh)[,.\s—–-]+"
    r"wait|wait[,.…\s—–-]+(?:no|actually)|hold on[,.…\s—–-]+(?:no|actually)|on second thoughts?|scratch that)\b"
    r"(?=\s*(?:[,.!:;…—–-]|$))"
    r"|(?:hmm+|oh|oops|sorry|wait|hold on|actually|no)[,.!…\s—–-]+(?:[\w ]{0,30}[,.\s—–-]+)?(?:that|this|it)(?:'s|"
    r" is| was) "
    r"(?:actually |still )?(?:wrong|incorrect|not (?:quite )?right|a mistake|broken)"
    r"|correction[:.]"
    r"|(?:moment|halt|stopp|warte|nein)[,.!…\s—–-]+(?:das (?:ist|war) (?:so )?(?:falsch|nicht richtig))"
    r"|(?:attendez|en fait)[,.…\s—–-]+(?:c'est|c'était) (?:faux|incorrect)"
    r"|(?:espera|un momento)[,.…\s—–-]+(?:eso|esto|isso) (?:está mal|es incorrecto|está errado)"
    r"|(?:等等|不对)[，,。…]|(?:стоп|погодите)[,.…\s—–-]+это (?:неверно|неправильно|ошибка)",
    re.IGNORECASE,
)
DRAFT = re.compile(
    r"\W*(?:\d{1,2}[.)] ?)?(?:(?:my|a|the|first|second|third|1st|2nd|3rd|rough|initial|quick|next|another|early|"
    r"working|"
    r"erster?|zweiter?|premi(?:er|ère)|deuxième|primer|primera|segundo|primeiro|primeira|segunda|primo|prima|seconda|"
    r"перв\w{2,3}|втор\w{2,3}) )*"
    r"(?:drafts?|attempts?|sketch|entwurf|versuch|brouillon|ébauche|essai|borrador|intento|rascunho|tentativa|bozza|"
    r"tentativo|черновик|набросок|попытка)\b|\W*(?:草稿|初稿|第一版|初版|下書き|ドラフト|초안)",
    re.IGNORECASE,
)
FINAL = re.compile(
    r"\b(?:final|definitive|finale?[nrs]?|endgültige[nrs]?|définiti(?:f|ve)|definitiv[oa]|финальн\w{2}|"
    r"окончательн\w{2})\b"
    r"|最终|最終|최종",
    re.IGNORECASE,
)
WHOLE = re.compile(
    r"\b(?:complete|whole|entire|full|vollständige[nrs]?|komplette[nrs]?|ganze|complète?|complet|complet[oa]|"
    r"полн\w{2,3}|"
    r"целиком)\b(?! request)|完整|完全|全体|전체",
    re.IGNORECASE,
)
WHOLE_FILE = re.compile(
    r"\b(?:here is|here's|this is|below is) the (?:whole|entire|complete) (?:file|module)\b|\bdie ganze datei\b",
    re.IGNORECASE,
)
POSITION = re.compile(
    r"\b(?:above|previous|earlier|preceding|prior|before|first|last|initial|i \w+|ob(?:en|ige\w?)|vor(?:ige|herige|"
    r"angehende)"
    r"\w?|erste\w?|frühere\w?|letzte\w?|bisherige\w?|vorhin|eben|ci-dessus|précédente?s?|plus haut|premi(?:er|ère)|"
    r"anterior(?:es)?|arriba|antes|primer|primera|acima|cima|primeir[oa]|sopra|precedent[ei]|prima|primo|выше|"
    r"предыдущ\w+|прежн\w+|перв\w+|(?:выше)?привед[её]нн\w+)\b",
    re.IGNORECASE,
)
AT_HAND = re.compile(r"\b(?:th(?:is|ese)|diese\w?|cet?|cette|ces|est[aeo]s?|quest[aeo]|эт\w+)\b", re.IGNORECASE)
ELSEWHERE = re.compile(
    r"\bth(?:at|ose) (?:versions?|examples?|"
    r"solution|answer|implementations?)\b",
    re.IGNORECASE,
)
IMPERATIVE = re.compile(
    r"(?:^|[,;:(—–….!]|\s-|\b(?:and|so|but|und|et|y|e|и)\s)\W*"
    r"(?:(?:please|so|but|and|actually|hmm+|no|wait|sorry|oh|ok|okay|oops|well|let's|let us|let me|i|i'd|i would|"
    r"i'll|i "
    r"will|i must|i have to|you should|we should|just|now|better|kindly|then|therefore|instead|also|again|edit|"
    r"correction|"
    r"update|bitte|nein|doch|also|veuillez|donc|non|por favor|entonces|então|quindi|per favore|пожалуйста|поэтому|"
    r"нет)[,:.!…]* ){0,6}"
    r"(?P<permission>you (?:can|may|could) (?:now |just |safely )?)?$",
    re.IGNORECASE,
)
CONDITION = re.compile(
    r"\b(?:if|unless|when|whenever|in case|whether|suppose|supposing|assuming|think|nothing|not that|doesn't mean|"
    r"does not "
    r"mean|unlike|wenn|falls|sofern|nichts|quand|lorsque|cuando|quando|caso|niente|nada|rien|если|когда|ничего)\b|"
    r"(?:^|[, ])"
    r"(?:si|se) |如果|若|もし|만약|만일",
    re.IGNORECASE,
)
# What narrows a phrase that would otherwise take the code back.
NARROWS = re.compile(
    r"\s*(?:\b(?:if|unless|when|whenever|while|until|once|inside|outside|within|for|with|without|of|on|under|"
    r"as[- ]is|as it "
    r"stands|verbatim|directly|blindly|twice|in(?! favou?r\b| (?:one|two|three|several|many) )|from (?!above)|"
    r"(?:parameter|argument|attribute|warning|error|call|import|line|keyword|option|flag|name|number|string|field)s?|"
    r"wenn|falls|solange|im|für|bei|unter|mit|si|dans|pour|quand|lorsque|avec|sur|en|para|cuando|con|"
    r"de(?! arriba| cima)|"
    r"se|quando|em|no|na|com|per|nel|nella|del|если|когда|для|при|в|с)\b)(?!\s*$)",
    re.IGNORECASE,
)

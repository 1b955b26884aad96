"""The words by which completions mark code as wrong or as right, in many languages.

Patterns are for lower-case text. *Strong* ones say it outright; *weak* ones only where nothing says otherwise.
Labels count only where they are all, or nearly all, of a heading, a comment or a lead-in.
"""

from __future__ import annotations

import re

WRONG_SIGNS = "❌✗✘✖🚫⛔👎🔴🙅❎"
RIGHT_SIGNS = "✅✔☑👍🟢🆗✓"

_THING = (
    r"(?:way|approach|version|example|code|pattern|practice|idea|usage|import|implementation|solution|option|method|"
    r"endpoint|setup|session|factory|snippet|design|choice|habit|one)s?"
)

STRONG_WRONG = re.compile(
    r"\b(?:wrong(?:ly)?|incorrect(?:ly)?|anti-?\s?patterns?|broken|buggy|faulty|flawed|erroneous|problematic|mistakes?|"
    r"counter-?examples?|not recommended|discouraged|unacceptable|pitfalls?|how not to|what not to do|"
    r"(?:does|do|will|would|did)(?:n't| not) work|won't work|"
    r"(?:mistakes|things|patterns|what|examples|code) to avoid|"
    r"bad(?= " + _THING + r"\b|\s*[:：—–(!?.,)-]|\s*$| vs\b| and\b| or\b)|(?:a|the|very|really|is|are) bad\b|"
    r"(?:is|are|would be) an? (?:bug|trap)|"
    r"not (?:the |a |an |so |very |really )?(?:right|correct|good|safe|proper|ideal|ok)\b|isn't (?:the |"
    r"a )?(?:right|correct|good|safe)\b|"
    r"(?:do not|don't|never|please don't|dont)[ :,]+(?:ever )?(?:do|use|share|write|import|create|put|make|return|"
    r"call|access|rely|keep|store|"
    r"open|reuse|mix|pass|try|like|copy)\b|"
    r"not (?:this|that|like this)(?=\s*[:：!.]|\s*$)|should(?:n't| not)\b|must(?:n't| not)\b)"
    # German
    r"|\b(?:falsch(?:e[rsnm]?)?|schlecht(?:e[rsnm]?)?|fehlerhaft(?:e[rsnm]?)?|inkorrekt(?:e[rsnm]?)?|nicht so|"
    r"so nicht|nicht empfohlen|verkehrt)\b"
    # French
    r"|\b(?:mauvais(?:e|es)?|incorrecte?s?|erronée?s?|à éviter|à ne pas faire|ne (?:faites|fais|faut|devez) (?:pas|"
    r"jamais)|"
    r"fautifs?|faux)\b"
    # Spanish, Portuguese, Italian
    r"|\b(?:incorrect[oa]s?|err[óô]ne[oa]s?|mala (?:práctica|forma)|mal ejemplo|no (?:debes|deberías|hagas|hagáis|"
    r"haga|usar|"
    r"lo hagas)|forma equivocada|"
    r"equivocad[oa]s?|errad[oa]s?|incorret[oa]s?|má prática|n[ãa]o (?:faça|deve)|jeito errado|ruim|sbagliat[oaie]|"
    r"errat[oaie]|scorrett[oaie]|"
    r"da evitare|da non fare|non fare|cattiva pratica)\b"
    # Dutch, Scandinavian, Polish, Czech, Turkish, Vietnamese, Indonesian
    r"|\b(?:verkeerd[e]?|foute?|felaktig[at]?|forkert|błędn\w+|niepoprawn\w+|nieprawidłow\w+|źle|špatn[ěéýá]|"
    r"chybn[ěéýá]|yanlış|hatalı|"
    r"không đúng|cách sai|jangan|contoh salah|cara yang salah)\b"
    # Russian, Ukrainian
    r"|(?:неправильн|неверн|ошибочн|плох(?:ой|ая|ое|о)\b|не делайте|так нельзя|не надо так|невірн|поган(?:ий|а|о)\b)"
    # Chinese, Japanese, Korean
    r"|(?:错误(?:的|示例|示范|例子|写法|做法|方式|用法|代码|版本|实现)|錯誤(?:的|示例|示範|範例|寫法|做法|方式)|"
    r"不正确|不正確|不要这样|不要這樣|"
    r"不推荐|不推薦|不建议|反例|反模式|反面|坏例|有问题的|有問題的|不要(?:使用|共享|写|用)|"
    r"間違(?:い|った|え)|誤(?:り|った)|悪い|ダメな|だめな|アンチパターン|避けるべき|やってはいけない|正しくない|ng例|"
    r"잘못|나쁜|틀린|안티\s?패턴|하지 마|피해야|올바르지)"
    # Arabic, Hebrew, Hindi
    r"|(?:خطأ شائع|خاطئ|غير صحيح|שגוי|לא נכון|गलत)"
)

WEAK_WRONG = re.compile(
    r"\b(?:the (?:problem|issue|bug|culprit|trap|error)|problems?|issues?|bugs?|gotchas?|what (?:goes|went|"
    r"is going) wrong|"
    r"(?:your|the|this) (?:original|current|existing|old|initial|naive|posted)\b|original(?: (?:code|"
    r"version|endpoint|snippet))?|"
    r"current (?:code|version)|naive|unsafe|dangerous|risky|"
    r"before(?= the (?:fix|change)|\s*[:：—–(-]|\s*$)|"
    r"(?:this|following|code|example|endpoint|version|snippet|it|line) (?:also )?(?:fails|breaks|raises|triggers|"
    r"crashes|leaks|will fail|will raise|will break)|"
    r"compare (?:this|that|it) (?:with|to)|"
    r"(?:version|code|one|way|approach|variant|kind) that (?:will |would |can |could |may |might |is going to )?"
    r"(?:bites?|breaks?|hurts?|fails?|crashes?|burns?|blows? up|corrupts?|goes wrong)|"
    r"vorher|avant|antes|prima|до исправления|problème|problema|problem|проблема|было)\b"
    r"|(?:问题|問題|修改前|修正前|原代码|原始代码|变更前|수정 전|기존 코드|문제)"
)

YOUR_CODE = re.compile(
    r"^(?:what |the code |the way )?you (?:have|had|wrote|posted|sent|started with)(?: now| today|"
    r" currently)?\s*(?:[:：]|$)|"
    r"^(?:so |and |here (?:is|was) |here's |this (?:is|was) |look at |in )?(?:what )?your (?:code|endpoint|version|"
    r"example|snippet|handler)"
    r"(?:$|\s*[:：(]|,? (?:does|did|is doing|has|had|triggers|fails|tries|loads|calls|raises|looks like (?:this|"
    r"today)|today|now|effectively)\b)"
)

STRONG_RIGHT = re.compile(
    r"\b(?:right(?! (?:now|away|after|before|here|there|side|when|where|at|in|on))|correct(?:ed|ly|s|ion|ing)?|"
    r"fix(?:e[sd]|ing)?|solution|solv(?:e|es|ed|ing)|"
    r"resolv(?:es|ed|ing)|recommended|preferred|better|proper(?:ly)?|instead|rather than|best practices?|"
    r"good(?! (?:morning|luck|question|news))|"
    r"after the (?:fix|change)|improved|repaired|works|working|safe(?: (?:"
    + _THING
    + r"))?(?=\s*[:：(]|\s*$| "
    + _THING
    + r")|"
    r"(?:this|which|that|it|and|way) (?:also )?(?:avoids|prevents)|(?:to|how to) (?:avoid|prevent)|avoiding|preventing|"
    r"no longer|(?:is|are) gone|goes away|do this|like it should|idiomatic|refactored)\b"
    r"|\b(?:richtig(?:e[rsnm]?)?|korrekt(?:e[rsnm]?)?|korrigiert(?:e[rsnm]?)?|besser|stattdessen|lösung|behoben|"
    r"empfohlen|so geht's)\b"
    r"|\b(?:correcte?s?|corrigée?s?|bon(?:ne)?s?|mieux|correction|recommandée?|plutôt|préférez)\b"
    r"|\b(?:correct[oa]s?|corregid[oa]s?|bien hecho|buena|solución|en su lugar|mejor|recomendad[oa]|corret[oa]s?|"
    r"corrigid[oa]s?|cert[oa]|"
    r"solução|melhor|em vez disso|corrett[oaie]|giust[oaie]|soluzione|meglio|consigliat[oa]|invece)\b"
    r"|\b(?:goede|juiste?|rätt|riktig[at]?|poprawn\w+|prawidłow\w+|dobrze|správn\w+|doğru|đúng|cách đúng|benar)\b"
    r"|(?:(?<!не)правильн|(?<!не)верн(?:о|ый|ая)\b|хорош|исправлен|решение|лучше|вместо этого)"
    r"|(?:(?<!不)正确|(?<!不)正確|推荐|推薦|建议(?:使用|写法)|修复|修復|修正(?:后|後)|解决|解決|改为|改成|应该|應該|"
    r"正しい|良い例|正解|ok例|올바른|좋은|수정된|수정 후|해결)"
    r"|(?:الصحيح|صحيح|נכון|सही)"
)

WEAK_RIGHT = re.compile(
    r"(?:^|[,;:—–] *)(?:so |then |and |but |please |simply |just |instead |now |to (?:do|fix) (?:so|this|that|it),? )*"
    r"(?:use|load|add|change|replace|do|write|create|define|switch|pass|make|put|import|await|set|configure|give|"
    r"open|wrap|move|update|"
    r"modify|rewrite|eager-?load|inject|declare|register|catch|return|keep|turn|ensure)\b"
    r"|\b(?:after\s*(?:[:：(—–-]|$)|becomes?|should (?:be|look|read)|would become|as follows|updated|complete|final|"
    r"full)\b"
    r"|\b(?:version|code|one|way|approach|variant|kind) that (?:won't|will not|doesn't|does not|works|holds|survives)\b"
    r"|(?:nachher|après|después|depois|dopo|после|之后|修改后|変更後|이후)"
)

LABEL_WRONG = frozenset(
    "bad wrong not avoid don't dont no never ng before broken original fel fout fejl mal malo mala sai salah źle chyba "
    "feil gal 错 错误 錯誤 不好 坏 "
    "誤 悪い ❌ x 틀림 오답 плохо нельзя неверно не antes avant vorher prima 之前 before/wrong anti-pattern bad: "
    "خطأ טעות problem issue".split()
)
LABEL_RIGHT = frozenset(
    "good right correct ok okay yes do after better fixed fix solution bien bueno buena bom bon certo giusto goed "
    "juist rätt godt dobrze "
    "đúng benar 好 对 正确 正確 ✅ 正解 良い 맞음 정답 правильно хорошо верно después depois après nachher dopo gut "
    "richtig صحيح 之后 instead safe".split()
)

HARMLESS = re.compile(
    r"bad[ -]?(?:request|gateway)s?|\b(?:not bad|too bad|no (?:problem|issue)s?|(?:not|isn't|never|nothing|"
    r"n't) (?:a |be |anything )?"
    r"(?:problem|issue|wrong|broken|incorrect|bad)|without (?:the |any |this )?(?:problem|issue|bug)s?|problem-free|"
    r"error[- ]handling|"
    r"wrong (?:id|password|type|input|value|user)s?|(?:incorrect|bad|wrong) (?:input|data|credentials|payload|body)|"
    r"right[- ]hand|issue tracker|known issues?|broken (?:pipe|connection)s?|thread-?safe|right now|"
    r"(?:when(?:ever)?|if|once|unless|should|in case) (?:the |this |that |your |its |an? |any )?"
    r"(?:code|example|endpoint|version|it|something|anything|line) (?:itself |also )?"
    r"(?:fails|breaks|raises|crashes|fail|break|raise|crash)|"
    r"do(?:n't| not) (?:need|have|forget|want|worry)(?: to)?|your (?:problem|issue|error|bug) (?:is|was) (?:solved|"
    r"fixed|gone))\b"
    r"|错误处理|錯誤處理|错误信息|错误消息|エラー処理|没问题|沒問題|没有问题|問題ありません|문제없"
)

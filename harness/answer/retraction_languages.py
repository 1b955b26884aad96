"""The words by which completions take code back, language by language: the parts that phrases are made of.

Patterns match whole sentences without Markdown marks other than the backticks of inline code, ignoring case.
"""

from __future__ import annotations

from dataclasses import dataclass

NAME = r"`[^\W\d]\w{0,60}(?:\(\))?`"
_JOINED = r"(?:, and|,| and| und| et| y| e| и) (?:the |that |das |die |der |le |la |el |o |a |il )?"
_NAMES = rf"{NAME}(?:{_JOINED}{NAME}){{0,4}}"
_DEFINED = (
    r"(?: (?:function|dependency|definition|class|endpoint|handler|helper|method|funktion|klasse|fonction|función|"
    r"função|funzione|функци\w{1,2}))?"
)


@dataclass(frozen=True, slots=True)
class Language:
    """The parts that sentences which take code back are made of; each is an alternation.

    ``discard`` are imperatives ("ignore"); ``article`` may stand before ``pointer`` ("previous") and ``noun``
    ("snippet"), ``place`` stands behind the noun ("above"); ``everything`` is all that came before; ``bare`` is a
    whole clause ("scrap that"); ``replaces`` is said of the code that follows; ``wrong`` is said of code that was
    given, ``slip`` of a part of it. ``forbid`` and ``mistake`` are whole phrases, with THING for the code.
    """

    discard: str
    forbid: str
    article: str
    pointer: str
    noun: str
    place: str
    everything: str
    bare: str
    wrong: str
    slip: str
    mistake: str
    replaces: str

    @property
    def thing(self) -> str:
        """Code that was given before, or definitions of it by their names in backticks."""
        article = rf"(?:(?:{self.article}) |l'){{0,3}}"
        pointer = rf"(?:(?:{self.pointer}) ){{1,2}}"
        place = rf" (?:{self.place})\b"
        noun = rf"(?:{self.noun})\b"
        names = _NAMES + _DEFINED
        return rf"{article}(?:{pointer}(?:{noun}|{names})(?:{place})?|(?:{noun}|{names}){place})"


_EN = Language(
    discard=r"ignore|disregard|scrap|scratch|discard|forget(?: about)?|strike|throw (?:away|out)|toss(?: out)?|retract|"
    r"withdraw|never ?mind|take back",
    forbid=r"(?:do not|don't|dont|never|should not|shouldn't|must not|mustn't) (?:ever )?(?:use|copy|paste|run|deploy|"
    r"follow|take|keep|ship|rely on) THING|avoid (?:using )?THING",
    article=r"the|my|all(?: of)?|both|either of|whole|entire|very|code",
    pointer=r"that|those|this|above|previous|earlier|first|preceding|prior|last|initial",
    noun=r"code(?: blocks?| samples?| snippets?| examples?)?|snippets?|versions?|blocks?|drafts?|examples?|attempts?|"
    r"listings?|implementations?|sketch(?:es)?|suggestions?|answer|solution",
    place=r"(?:from |given |shown |posted )?(?:above|before|earlier)|(?:that )?i (?:just )?(?:gave|posted|wrote|showed|"
    r"suggested)(?: you)?(?: above| earlier| before| first)?",
    everything=r"(?:everything|all(?: of)?(?: the)?(?: code| drafts| versions| snippets| blocks)?|anything) (?:that (?:"
    r"is|came|i (?:wrote|gave|showed)) )?(?:above|before|so far|earlier|up to (?:here|this point)|until now|i (?:wrote|"
    r"gave|said)(?: above| so far)?)|all(?: of)? (?:the above|that)",
    bare=r"(?:scrap|scratch|strike|forget|disregard|never ?mind)(?: all(?: of)?)? (?:that|the above|it all)|(?:ignore|"
    r"discard) (?:all of )?the above|i take (?:that|it all) back",
    wrong=r"(?:is|was|are|were) (?:actually |unfortunately |simply |just |plain |completely |still |in fact |"
    r"subtly ){0,2}"
    r"(?:wrong|incorrect|broken|buggy|flawed|mistaken|not (?:quite )?(?:right|correct)|a mistake|no good)|(?:won't|"
    r"will not|does not|doesn't|do not|don't|can't|cannot) (?:actually )?work",
    slip=r"(?:still )?(?:has|had|have|contains?|contained) (?:an?|one|two|three|some|several) (?:\w+ )?(?:bug|mistake|"
    r"error|typo|flaw)s?",
    mistake=r"i(?:'ve| have)? (?:made|introduced|left) (?:an?|one|two|three|some|several|\w+) (?:\w+ )?(?:mistake|"
    r"error|"
    r"bug|typo|slip|oversight)s? (?:in (?:the |my |that )?(?:\w+ )?)?(?:above|earlier|before)"
    r"|(?:there(?:'s| is| are| was| were)|i(?:'ve| have)? (?:made|introduced|left|see|found|spotted|noticed)) (?:an?|"
    r"one|two|three|some|several) (?:\w+ )?(?:bug|mistake|error|typo|flaw|slip|oversight)s? (?:in|with) THING",
    replaces=r"(?:this|it|that|which|and|(?:the )?(?:following|version|file|code|block|listing|one)(?: below)?|below) "
    r"(?:completely |fully |entirely |now )?(?:replaces|supersedes|overrides)|use (?:only )?(?:this|the following|the "
    r"version below) instead of",
)
_DE = Language(
    discard=r"ignorier(?:e|t|en sie)|vergiss|vergesst|vergessen sie|verwirf|verwerfen sie|streiche?(?:n sie)?|"
    r"verwerft",
    forbid=r"(?:verwende|nutze|benutze|nimm|übernimm|kopiere|(?:verwenden|nutzen|benutzen|nehmen|übernehmen) sie)"
    r"(?: bitte)? THING (?:bitte |so )?nicht|nicht THING (?:verwenden|nutzen|benutzen|nehmen|übernehmen)",
    article=r"den|das|die|der|dem|bitte|meinen?|mein|ganzen?|gesamten?",
    pointer=r"(?:obige|vorige|vorherige|erste|frühere|letzte|bisherige|jene|diese|vorangehende)[nrsm]?|das",
    noun=r"codes?|codeblock|codeblöcke|snippets?|(?:code-?)?schnipsel|version(?:en)?|fassung(?:en)?|entwurf|entwürfe|"
    r"blocks?|blöcke|beispiele?|varianten?|versuch",
    place=r"(?:von |weiter )?oben|von (?:vorhin|eben)",
    everything=r"alles (?:obige|bisherige|vorherige|bis hierher|(?:von )?oben|davor)|alle(?:n)? obigen \w+",
    bare=r"(?:vergiss|vergessen sie|streich|ignoriere) (?:das|das obige|das alles)(?: wieder)?|nein, doch nicht so",
    wrong=r"(?:ist|war|sind|waren) (?:leider |so |noch |schlicht |doch )?(?:falsch|fehlerhaft|"
    r"nicht (?:ganz )?(?:richtig|"
    r"korrekt))|funktioniert (?:so |leider )?nicht",
    slip=r"(?:hat|hatte|enthält|enthielt) (?:leider |noch )?(?:einen|zwei|mehrere) (?:\w+ )?(?:fehler|bugs?)",
    mistake=r"(?:ich habe|mir ist|mir sind|da habe ich|habe ich|"
    r"ist mir) (?:da )?(?:weiter )?oben (?:leider )?(?:einen?|"
    r"zwei|mehrere|ein) (?:\w+ )?(?:fehler|bug)|im (?:obigen code|code oben) (?:ist|steckt|war) (?:leider |noch )?ein "
    r"(?:fehler|bug)",
    replaces=r"ersetzt|ersetzen",
)
_FR = Language(
    discard=r"ignore[zr]?|oublie[zr]?|jete[zr]|jette|abandonne[zr]?|laisse[zr]? tomber",
    forbid=r"(?:n'(?:utilise[zr]?|emploie|employez) (?:surtout )?pas|ne (?:prenez|prends|copiez|copie|gardez|"
    r"garde) pas|"
    r"ne pas utiliser) THING",
    article=r"le|la|les|l'|mon|ma|mes|tout",
    pointer=r"ce|cet|cette|ces|premier|première|précédente?s?",
    noun=r"code|blocs? de code|extraits?(?: de code)?|versions?|blocs?|brouillons?|exemples?|snippets?|ébauches?",
    place=r"ci-dessus|précédente?s?|plus haut|d'avant",
    everything=r"tout ce qui (?:précède|est ci-dessus)|tout le code (?:ci-dessus|précédent)|tout ci-dessus",
    bare=r"(?:oublie[zr]?|ignore[zr]?) (?:ça|cela|tout ça|ce qui précède)",
    wrong=r"(?:est|était|sont) (?:en fait |malheureusement )?(?:fausse?|incorrecte?|erronée?|mauvaise?|boguée?)|ne "
    r"(?:fonctionne|marche) pas",
    slip=r"(?:contient|contenait|a|avait|comporte) (?:une|un|deux|plusieurs) (?:\w+ )?(?:erreurs?|bugs?|fautes?)",
    mistake=r"j'ai (?:fait|commis|laissé) (?:une|deux|des|un) (?:\w+ )?(?:erreurs?|fautes?|bug) (?:ci-dessus|"
    r"plus haut)|je "
    r"me suis trompée? (?:ci-dessus|plus haut)|il y a (?:une|un) (?:erreur|bug) dans THING",
    replaces=r"remplace(?:nt)?|annule et remplace",
)
_ES = Language(
    discard=r"ignor[ae](?:d|n)?|olvid[ae](?:d|n)?|descart[ae](?:d|n)?|olvídate de",
    forbid=r"no (?:uses|use|usen|utilices|utilice|copies|copie|emplees) THING",
    article=r"el|la|los|las|mi|mis|todo|lo",
    pointer=r"ese|esa|esos|esas|este|esta|aquel|aquella|primer|primera|anterior",
    noun=r"código|bloques? de código|fragmentos?(?: de código)?|snippets?|versi(?:ón|ones)|bloques?|borrador(?:es)?|"
    r"ejemplos?",
    place=r"anterior(?:es)?|de (?:más )?arriba|de antes|previ[oa]s?|mostrad[oa] arriba",
    everything=r"(?:a )?todo lo (?:anterior|de arriba|que está arriba)|todo el código anterior",
    bare=r"olvid[ae] (?:eso|lo anterior)|olvídalo|olvídelo|ignor[ae] lo anterior|descart[ae] (?:eso|lo anterior)",
    wrong=r"(?:es|era|está|estaba) (?:en realidad )?(?:incorrect[oa]|mal|equivocad[oa]|erróne[oa]|rot[oa])|no funciona",
    slip=r"(?:tiene|tenía|contiene) (?:un|dos|varios) (?:\w+ )?(?:error(?:es)?|bugs?|fallos?)",
    mistake=r"(?:cometí|he cometido|hice) (?:un|dos|varios) (?:\w+ )?(?:error(?:es)?|fallos?) (?:arriba|antes|"
    r"más arriba)|"
    r"me equivoqué (?:arriba|antes|más arriba)|hay un (?:error|bug|fallo) en THING",
    replaces=r"reemplaza|sustituye",
)
_PT = Language(
    discard=r"ignor[ea]|esqueç?a|esquece|descart[ea]|desconsidere",
    forbid=r"não (?:use|usem|utilize|copie|siga) THING",
    article=r"o|a|os|as|meu|minha|todo",
    pointer=r"esse|essa|esses|este|esta|aquele|aquela|primeiro|primeira",
    noun=r"código|blocos? de código|trechos?(?: de código)?|snippets?|vers(?:ão|ões)|blocos?|rascunhos?|exemplos?",
    place=r"acima|anterior(?:es)?|de cima|de antes|mostrad[oa] acima",
    everything=r"tudo (?:o que (?:está|veio) )?(?:acima|antes)|tudo o que (?:está )?acima|todo o código (?:acima|"
    r"anterior)",
    bare=r"(?:esqueça|esquece|ignore|desconsidere|descarte) (?:isso|o anterior|o acima)",
    wrong=r"(?:está|estava|é|era) (?:na verdade )?(?:errad[oa]|incorret[oa]|quebrad[oa])|não funciona",
    slip=r"(?:tem|tinha|contém) (?:um|dois|vários) (?:\w+ )?(?:erros?|bugs?|falhas?)",
    mistake=r"(?:cometi|fiz) (?:um|dois|vários) (?:\w+ )?(?:erros?|enganos?) (?:acima|antes|ali em cima)|me enganei "
    r"(?:acima|antes)|há um (?:erro|bug) (?:em|no|na) THING",
    replaces=r"substitui|substituem",
)
_IT = Language(
    discard=r"ignor(?:a|ate|i)|dimentic(?:a|ate|hi)|scart(?:a|ate|i)|lascia(?:te)? perdere",
    forbid=r"non (?:usare|usate|utilizzare|utilizzate|copiare|copiate|usi) THING",
    article=r"il|la|lo|l'|i|le|gli|mio|mia|tutto",
    pointer=r"quel|quella|quello|questo|questa|primo|prima|precedente",
    noun=r"codice|blocc(?:o|hi)(?: di codice)?|framment[oi](?: di codice)?|snippet|version[ei]|bozz[ae]|esemp(?:io|i)",
    place=r"(?:qui |riportat[oa] |di )?sopra|precedent[ei]|di prima",
    everything=r"tutto (?:quanto sopra|quello sopra|ciò che precede|quanto precede|il codice (?:sopra|precedente))",
    bare=r"(?:dimentica|dimenticate|ignora|ignorate|scarta) (?:tutto|quanto sopra|quello sopra|ciò)|"
    r"lascia(?:te)? perdere",
    wrong=r"(?:è|era) (?:in realtà |purtroppo )?(?:sbagliat[oa]|errat[oa]|scorrett[oa]|rott[oa])|non funziona",
    slip=r"(?:ha|aveva|contiene) (?:un|due|alcuni) (?:\w+ )?(?:error[ei]|bug)",
    mistake=r"ho (?:fatto|commesso) (?:un|due|alcuni) (?:\w+ )?error[ei] (?:qui )?(?:sopra|prima)|mi sono sbagliat[oa] "
    r"(?:qui )?sopra|c'è un (?:errore|bug) (?:in|nel|nella) THING",
    replaces=r"sostituisce|sostituiscono",
)
_RU = Language(
    discard=r"(?:про)?игнорируй(?:те)?|забудь(?:те)?(?: про| о)?|отбрось(?:те)?|выбрось(?:те)?|выкинь(?:те)?",
    forbid=r"не (?:используй|бери|копируй|применяй)(?:те)? THING",
    article=r"мой|мою|весь|всю|свой",
    pointer=r"эт(?:от|у|и|ой)|тот|ту|предыдущ\w{2,3}|перв\w{2,3}|прежн\w{2,3}|(?:вышепривед[её]нн|привед[её]нн)\w{2,3}"
    r"(?: выше)?",
    noun=r"код(?:а|е|у)?|верси[юяи]|фрагмент\w{0,2}|сниппет\w{0,2}|блок\w{0,2}|вариант\w{0,2}|пример\w{0,2}|"
    r"черновик\w{0,2}",
    place=r"(?:привед[её]нн\w{2,3} )?выше|из начала",
    everything=r"вс[её](?:,? что)?(?: было)?(?: написан\w{1,4}| привед[её]нн\w{1,3})? выше|вс[её] вышеприведённое|весь "
    r"(?:код выше|предыдущий код)",
    bare=r"забудь(?:те)? (?:это|об этом)|зачеркните это",
    wrong=r"(?:был\w? )?(?:неверн\w{1,2}|неправильн\w{1,2}|ошибочн\w{1,2}|не работает)|— неверный",
    slip=r"(?:содержит|содержал\w?) (?:одну |две )?ошибк\w{1,2}|с ошибк\w{1,3}",
    mistake=r"я (?:ошибся|ошиблась|допустил\w? (?:выше )?ошибку|выше ошибся)(?: выше)?|в THING (?:есть |"
    r"была )?(?:ошибка|"
    r"баг)",
    replaces=r"заменяет|отменяет",
)
LANGUAGES = (_EN, _DE, _FR, _ES, _PT, _IT, _RU)

"""Which label a sentence of a model gives: for voters that answer in words where one label was asked for.

A label counts where the reply claims it ("can be categorized under X", "is related to X", or nothing but X), not where
it is only mentioned: in the list of the choices, in a reason, after a negation. Of several claims the main one is the
answer; two of equal standing are none. A reply that declines is an abstention, not a failure of reading it.

The words are English, because prompts and labels are; labels are also known by their translated names. A reply in
another language is read only where it is hardly more than the label.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from projection.vote.ballots import ABSTAIN, INVALID, LABEL, Outcome
from projection.vote.questions import LabelText

MAX_CHARS = 20_000
MAX_MENTIONS = 200
_MAX_WORDS_BESIDE = 3
# How far before a label what claims it is looked for, and how far apart labels of one claim may be.
_NEAR_CHARS = 200
_MAX_BETWEEN = 80

_FILLER = (
    r"(?:the|an?|both|either|mainly|primarily|mostly|more|most|likely|specifically|generally|perhaps|possibly|"
    r"potentially|broad|broader|general|given|following|main|overall|one|categor(?:y|ies)|topics?|fields?|areas?|realm|"
    r"subjects?|subject matter|sections?|themes?|domain|news|labell?ed|called|as|of|is|be|would|or|in|under|to|"
    r"to the)"
)
_OPENING = r"[\s\"'“”‘’«»*_`:([{<=\-–]*"
# Up to four words that are no label, before "or": "related to history or politics".
_OTHER = rf"(?:{_OPENING}(?!(?:it|this|as|because|since|which|not|but)\b)\w+[\s,/]+){{1,4}}?(?:(?:or|and)\s+|(?<=/))"
_STRONG = re.compile(
    r"(?:\b(?:categori[sz]e(?:d)?(?: (?:it|this|this text|this news))?|classif(?:ied|y)(?: (?:it|this))?|labell?ed|"
    r"filed|placed|tagged|put|fits?|falls?|fall(?:en|ing)|belongs?|comes?|considered)(?: \w+ly)?(?: best| well| more| "
    r"most| closely| likely| either| directly| partially| mainly| broadly| generally| naturally)*\s+(?:under|as|in|"
    r"into|within|to|with)?"
    r"|\b(?:categor(?:y|ies)|topic|class|label|answer|theme|classification)\b(?:\s+(?:is|are|of|would be|could be|"
    r"seems to be|appears to be|might be|may be|for this \w+(?: \w+){0,4} (?:is|would be)))?\s*:?)"
    rf"(?:{_OPENING}{_FILLER}\b)*(?:{_OTHER})?{_OPENING}$"
)
_WEAK = re.compile(
    r"\b(?:relat(?:ed|es|ing|e)\s+(?:more\s+)?(?:closely\s+)?to|pertain(?:s|ing)?\s+to|regard(?:ing|s)|concern(?:ing|s)|"
    r"about|discuss(?:es|ing)|dealing with|deals with|focus(?:es|ed)? on|connected (?:to|with)|linked to|"
    r"associated with|to do with|piece of|in the (?:field|area|realm) of)"
    rf"(?:{_OPENING}{_FILLER}\b)*(?:{_OTHER})?{_OPENING}$"
)
# What may stand between two labels of one claim.
_JOINT = re.compile(
    r"^[\s\"'“”‘’«»*_`)\]},./]*(?:,|\b(?:and|or|and/or|as well as|&)\b)?[\s\"'“”‘’«»*_`([{,]*"
    r"(?P<also>\b(?:also|possibly|potentially|perhaps|maybe|even|more broadly|to (?:some|a lesser) extent)\b)?"
    r"[\s,]*(?:the |to |under |in |with |related to |a |an )*(?:(?<=or )\w+ |(?<=and )\w+ )?[\s\"'“”‘’«»*_`([{]*$"
)
_AFTER = re.compile(r"^[\"'”»*_`)\]]*\s+(?:news )?(?:categor|kategor|catégor|luok|kategoori)")
_MODAL = re.compile(r"\b(?:could|might|may|can)\b")
_UNLISTED = re.compile(r"^(?P<before>.*?)[\"“'][^\"”']{1,40}[\"”'](?P<after>.*)$", re.DOTALL)
_CONTRAST = re.compile(r"\b(?:but|however|nevertheless|nonetheless|though|although|yet|still|instead)\b")
_CLAUSE = re.compile(
    r"[.;:!?\n]+(?=\s|$|[\"”'])|,? \bwhich\b|,? \b(?:but|however|although|though|yet|so|therefore|thus|hence)\b,?"
    r"|, (?=it |this |and it )"
)
_NEGATION = re.compile(
    r"\b(?:not(?! only)|cannot|can't|couldn't|never|neither|nor|none|unable|isn't|wasn't|aren't|doesn't|don't|didn't|"
    r"won't|wouldn't|without|rather than|instead of|other than|no (?:specific|clear|direct|particular|mention)|"
    r"unrelated|outside|except|difficult to|hard to|unclear|if|lacks?)\b"
)
_DENIAL = re.compile(
    r"\b(?:does not|doesn't|do not|don't|did not|is not|isn't|not|cannot|can't|could not|couldn't|none)\b[^.!?\n]{0,40}"
    r"\b(?:appear to be (?:an? )?(?:\w+ ){0,3}(?:news|article)|seem to be (?:an? )?(?:\w+ ){0,3}(?:news|article)|"
    r"an? (?:piece of )?(?:news|article)|fit|fall|falls|belong|pertain|relate|related|match|align|correspond|"
    r"any (?:of|specific|particular|category)|of the (?:given|provided|above|listed)|listed)\b"
)
_SORRY = re.compile(
    r"\b(?:sorry|apologi[sz]e|apologies|unable to|i cannot|i can't|i couldn't|i could not|i am not able|not able to|"
    r"as an ai\b|please provide|could you please|need more|more (?:information|context|details)|difficult to|hard to|"
    r"not (?:possible|clear|enough|sufficient|certain|sure)|not (?:seem to )?(?:provide|contain|have|give) (?:enough|"
    r"sufficient)|unclear|insufficient|no (?:specific|clear) category|"
    r"cannot (?:be )?(?:determin|categori|classif)|samahani|lo siento|désolée?|tut mir leid|desculpe|maaf|üzgünüm|"
    r"ursäkta|anteeksi|pahoittelen|valitettavasti|leider|lamento|ขออภัย|ma binu|jọ̀ọ́)"
)
_SECONDARY = re.compile(
    r"\b(?:also|alternatively|additionally|secondarily|to (?:some|a lesser) extent|another|stretch)\b"
)
_WORD = re.compile(r"\w+(?:['’]\w+)*")
_SENTENCE = re.compile(r"(?<=[.!?])[\"”')\]*]*\s+|\n+")


@dataclass(frozen=True, slots=True)
class Reading:
    """What a reply was read as.

    Attributes:
        label: name of the label, or None.
        outcome: `label`; `abstain` where the reply declines or names several labels; `invalid` where it cannot be read.
        reason: `voter-declines` (it cannot or will not say, or none fits), `several-labels`, `unknown-label` (it names
            another one), `no-label-found`; "" for a label.
        claimed: all labels that it claims, in order.
    """

    label: str | None
    outcome: Outcome
    reason: str = ""
    claimed: tuple[str, ...] = ()


def read_label(
    reply: str, labels: Sequence[LabelText], *, aliases: Mapping[str, str] | None = None, offered: int = 0
) -> Reading:
    """The label that a reply gives.

    Args:
        reply: in words.
        labels: the labels that there are.
        aliases: further names, by name the label. Parts of a name (science/technology) and its translated name are
            names too, where they mean one label only.
        offered: how many labels the voter was shown, if fewer; from so many, a list of labels is the list of choices.
    """
    text = _plain(reply[:MAX_CHARS])
    names = _names(tuple((label.name, label.translated) for label in labels), tuple(sorted((aliases or {}).items())))
    mentions = _find_mentions(text, names)
    bare = _read_bare(text, mentions)
    if bare is not None:
        return Reading(bare, LABEL, "", (bare,))
    n_list = max(3, (offered or len(labels)) - 2)
    claims, is_denied = _find_claims(text, mentions, n_list)
    denial = _DENIAL.search(text)
    if denial is not None:
        claims = [claim for claim in claims if claim.is_strong or claim.is_contrast]
    main = _main(claims)
    claimed = tuple(dict.fromkeys(claim.label for claim in main))
    if len(claimed) == 1:
        return Reading(claimed[0], LABEL, "", claimed)
    if claimed:
        return Reading(None, ABSTAIN, "several-labels", claimed)
    if denial is not None or is_denied or _SORRY.search(text):
        return Reading(None, ABSTAIN, "voter-declines")
    names_other = _STRONG.search(text + " ") or re.search(r"\b(?:regarding|related to|category|categorized)\b", text)
    return Reading(None, INVALID, "unknown-label" if names_other and not mentions else "no-label-found")


def _main(claims: Sequence[_Claim]) -> Sequence[_Claim]:
    """The claims that are no afterthoughts: neither "also Y", nor "it could be Y" after a plain "it is X"."""
    first = [claim for claim in claims if not claim.is_secondary] or claims
    if first and not first[0].is_possible:
        return [claim for claim in first if not claim.is_possible]
    return first


@dataclass(frozen=True, slots=True)
class _Mention:
    label: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class _Claim:
    label: str
    is_strong: bool
    is_secondary: bool
    is_contrast: bool
    is_possible: bool


def _plain(text: str) -> str:
    plain = unicodedata.normalize("NFKC", text).casefold()
    return plain.replace("’", "'").replace("`", "'")


@lru_cache(maxsize=256)
def _names(
    labels: tuple[tuple[str, str], ...], aliases: tuple[tuple[str, str], ...]
) -> tuple[re.Pattern[str] | None, Mapping[str, str]]:
    """A pattern of all names, longest first, and the label of each."""
    found: dict[str, set[str]] = {}
    for name, translated in labels:
        for form in {_plain(name), _plain(translated)} - {""}:
            found.setdefault(form, set()).add(name)
    whole = set(found)
    for name, _ in labels:
        for part in re.split(r"\s*(?:/|&|\band\b|,|\()\s*", _plain(name).rstrip(")")):
            if len(part) > 2:
                found.setdefault(part, set()).add(name)
        for form in [form for form, owners in found.items() if owners == {name}]:
            other = form[:-1] if form.endswith("s") else f"{form}s"
            if len(other) > 3 and other not in whole:
                found.setdefault(other, set()).add(name)
    for alias, name in aliases:
        found[_plain(alias)] = {name}
    known = {form: owners.copy().pop() for form, owners in found.items() if len(owners) == 1}
    if not known:
        return None, {}
    longest_first = "|".join(re.escape(form) for form in sorted(known, key=lambda form: (-len(form), form)))
    return re.compile(rf"(?<!\w)(?:{longest_first})(?!\w)"), known


def _find_mentions(text: str, names: tuple[re.Pattern[str] | None, Mapping[str, str]]) -> list[_Mention]:
    pattern, known = names
    if pattern is None:
        return []
    found: list[_Mention] = []
    for match in pattern.finditer(text):
        found.append(_Mention(known[match[0]], match.start(), match.end()))
        if len(found) == MAX_MENTIONS:
            break
    return found


def _read_bare(text: str, mentions: Sequence[_Mention]) -> str | None:
    """The label of a reply that is hardly more than one."""
    labels = {mention.label for mention in mentions}
    if len(labels) != 1 or _NEGATION.search(text):
        return None
    beside = len(_WORD.findall(text)) - sum(len(_WORD.findall(text[each.start : each.end])) for each in mentions)
    return labels.pop() if beside <= _MAX_WORDS_BESIDE else None


def _find_claims(text: str, mentions: Sequence[_Mention], n_list: int) -> tuple[list[_Claim], bool]:
    """The claims of all sentences, and whether any denies a label or lists the choices."""
    claims: list[_Claim] = []
    is_denied = False
    for start, end in _sentences(text):
        inside = [mention for mention in mentions if start <= mention.start < end]
        if inside:
            found, is_denying = _claims_of_sentence(text[start:end], start, inside, n_list)
            claims += found
            is_denied |= is_denying
    return claims, is_denied


def _sentences(text: str) -> list[tuple[int, int]]:
    edges = [0, *(match.end() for match in _SENTENCE.finditer(text)), len(text)]
    return [(start, end) for start, end in pairwise(edges) if start < end]


def _claims_of_sentence(
    sentence: str, offset: int, mentions: Sequence[_Mention], n_list: int
) -> tuple[list[_Claim], bool]:
    groups = _grouped(sentence, offset, mentions)
    claims: list[_Claim] = []
    is_denied = False
    for group in groups:
        first = group[0][0]
        before = sentence[: first.start - offset]
        if len({mention.label for mention, _ in group}) >= n_list:
            is_denied = True
            continue
        clause_start = max((match.end() for match in _CLAUSE.finditer(before)), default=0)
        clause = before[clause_start:][-_NEAR_CHARS:]
        after = sentence[group[-1][0].end - offset :][:40]
        is_strong = (
            any(_STRONG.search(part) for part in (clause, before[-_NEAR_CHARS:])) or _AFTER.match(after) is not None
        )
        if not is_strong and _WEAK.search(clause) is None and _WEAK.search(before[-_NEAR_CHARS:]) is None:
            continue
        if _NEGATION.search(clause):
            is_denied = True
            continue
        is_secondary = bool(claims) or _SECONDARY.search(clause) is not None
        is_possible = _MODAL.search(clause) is not None
        is_contrast = _CONTRAST.search(before) is not None
        claims += [
            _Claim(mention.label, is_strong, is_secondary or is_also, is_contrast, is_possible)
            for mention, is_also in group
        ]
    return claims, is_denied


def _grouped(sentence: str, offset: int, mentions: Sequence[_Mention]) -> list[list[tuple[_Mention, bool]]]:
    """Mentions that stand side by side in one claim, each with whether it is added as a further possibility."""
    groups: list[list[tuple[_Mention, bool]]] = []
    for mention in mentions:
        if groups:
            between = sentence[groups[-1][-1][0].end - offset : mention.start - offset]
            joint = _JOINT.match(between) if len(between) <= _MAX_BETWEEN else None
            inner = between.strip("\"'“”‘’ ")
            if joint is None and len(between) <= _MAX_BETWEEN and (other := _UNLISTED.match(inner)):
                joint = _JOINT.match(other["before"]) and _JOINT.match(other["after"])
            if joint is not None:
                groups[-1].append((mention, bool(joint["also"])))
                continue
        groups.append([(mention, False)])
    return groups

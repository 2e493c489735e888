"""How good, how biased, how steady and how dear each voter is, by language and label."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import median
from typing import Any, NamedTuple

from projection.language_check import check_targets
from projection.measure.calibration import wilson_interval
from projection.types import Span
from projection.vote.aggregate.options import Key, is_answer, key_of
from projection.vote.ballots import ABSTAIN, INVALID, Ballot, Vote

QuestionId = tuple[str, str]
Gold = Mapping[QuestionId, Span | None]
"""What people decided: by item and source id the target label, or None for "nothing here"."""


class Share(NamedTuple):
    """A share with its 95 % interval (Wilson 1927), 0 to 1, and of how many."""

    value: float
    low: float
    high: float
    n: int

    @classmethod
    def of(cls, n_hits: int, n: int) -> Share:
        return cls(n_hits / n if n else 0.0, *wilson_interval(n_hits, n), n)


class Lean(NamedTuple):
    """A sign test of two counts that are equal on average where there is no bias.

    Attributes:
        n_for: cases in favour.
        n_against: cases against.
        p: probability of counts at least as far apart by chance (binomial, two-sided).
    """

    n_for: int
    n_against: int
    p: float

    @classmethod
    def of(cls, n_for: int, n_against: int) -> Lean:
        n, most = n_for + n_against, max(n_for, n_against)
        tail = sum(math.comb(n, k) for k in range(most, n + 1)) / 2**n
        return cls(n_for, n_against, min(1.0, 2 * tail) if n_for != n_against else 1.0)


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of an item beside its ballots.

    Attributes:
        lang: of its target.
        target: text of its target.
        n_words: words of its target.
    """

    lang: str = ""
    target: str = ""
    n_words: int = 0


@dataclass(frozen=True, slots=True)
class Cell:
    """A voter in one language on questions whose right label is one (or on all: "").

    Attributes:
        right: of the questions with gold; an abstention is not right.
        right_answered: of the questions with gold that it answered.
        answered: of all questions.
        abstained: of all questions.
        invalid: answers that could not be used, of all questions.
    """

    right: Share
    right_answered: Share
    answered: Share
    abstained: Share
    invalid: Share


@dataclass(frozen=True, slots=True)
class LabelBias:
    """How a voter uses one label.

    Attributes:
        label: its name; "" for "nothing here".
        answer_share: of the voter's answers to questions with gold.
        gold_share: of the right answers to the same questions.
        lean: wrong answers that give the label against those that miss it.
        p: of the lean, corrected for the number of labels (Holm 1979).
    """

    label: str
    answer_share: float
    gold_share: float
    lean: Lean
    p: float


@dataclass(frozen=True, slots=True)
class Scorecard:
    """One voter.

    Attributes:
        voter_id: the voter.
        cells: by language and label; "" stands for all of them.
        label_bias: of each label, the most biased first.
        first_label: answers that changed with the order in which labels were shown: those that followed the label
            that was shown earlier, against those that followed the later one.
        early_spans: wrong places that start before the right one, against those that start after it.
        same_again: of questions asked again, those with the same answer as at first.
        wrong_language: of its rationales, those that look unlike the rationales of the panel.
        failed_checks: by name of the check, of the ballots that had it.
        tokens_per_word: tokens sent and received for each word of the targets; None where words are not known.
        cost: of all ballots.
        seconds: median of the ballots that asked something; None where none did.
        n_ballots: counted.
    """

    voter_id: str
    cells: Mapping[tuple[str, str], Cell]
    label_bias: tuple[LabelBias, ...]
    first_label: Lean
    early_spans: Lean
    same_again: Share
    wrong_language: Share
    failed_checks: Mapping[str, Share] = field(default_factory=dict)
    tokens_per_word: float | None = None
    cost: float = 0.0
    seconds: float | None = None
    n_ballots: int = 0

    @property
    def overall(self) -> Cell:
        """Over all languages and labels."""
        return self.cells["", ""]


def score_voters(
    ballots: Iterable[Ballot], gold: Gold, facts: Mapping[str, Facts] | None = None, *, rationale_lang: str = "en"
) -> list[Scorecard]:
    """A scorecard for each voter, in the order in which they come.

    Args:
        ballots: of any voters.
        gold: what people decided; may be empty, and then says nothing about being right or leaning.
        facts: of the items by id; what is missing is left out of languages, rationales and tokens per word.
        rationale_lang: BCP 47 code of the language in which voters were asked for their reasons.
    """
    known = facts or {}
    by_voter: dict[str, list[Ballot]] = {}
    for ballot in ballots:
        by_voter.setdefault(ballot.voter_id, []).append(ballot)
    foreign = _foreign_rationales(by_voter, known, rationale_lang)
    return [_score(voter, own, gold, known, foreign[voter]) for voter, own in by_voter.items()]


def _score(
    voter: str, ballots: Sequence[Ballot], gold: Gold, facts: Mapping[str, Facts], wrong_language: Share
) -> Scorecard:
    asked = [(ballot.item_id, vote) for ballot in ballots for vote in ballot.votes]
    tokens = sum(ballot.usage.n_input_tokens + ballot.usage.n_output_tokens for ballot in ballots)
    n_words = sum(facts[ballot.item_id].n_words for ballot in ballots if ballot.item_id in facts)
    seconds = [ballot.usage.seconds for ballot in ballots if ballot.usage.n_requests]
    n_same, n_again = _count_same_again(ballots)
    return Scorecard(
        voter_id=voter,
        cells=_cells(asked, gold, facts),
        label_bias=_label_bias(asked, gold),
        first_label=_first_label(ballots),
        early_spans=_early_spans(asked, gold),
        same_again=Share.of(n_same, n_again),
        wrong_language=wrong_language,
        failed_checks=_failed_checks(ballots),
        tokens_per_word=tokens / n_words if n_words else None,
        cost=sum(ballot.usage.cost for ballot in ballots),
        seconds=median(seconds) if seconds else None,
        n_ballots=len(ballots),
    )


# --------------------------------------------------------------------------------------------------------------- right


def gold_key(span: Span | None) -> Key:
    """What a vote must be for to be right."""
    return Key() if span is None else Key(span.label, span.segment, tuple(span.intervals), span.layer)


def is_right(vote: Vote, right: Span | None) -> bool:
    """Whether a vote gives the right label at the right place, or rightly says that there is nothing."""
    return is_answer(vote) and key_of(vote) == gold_key(right)


def _cells(asked: Sequence[tuple[str, Vote]], gold: Gold, facts: Mapping[str, Facts]) -> dict[tuple[str, str], Cell]:
    counts: dict[tuple[str, str], Counter[str]] = {("", ""): Counter()}
    for item_id, vote in asked:
        lang = facts[item_id].lang if item_id in facts else ""
        question = (item_id, vote.source_id)
        label = gold_key(gold[question]).label if question in gold else ""
        seen = Counter({"all": 1, vote.outcome: 1, "answered": int(is_answer(vote))})
        if question in gold:
            hit = is_right(vote, gold[question])
            seen += Counter({"gold": 1, "gold_answered": int(is_answer(vote)), "right": int(hit)})
        for cell in {("", ""), (lang, ""), ("", label), (lang, label)}:
            counts.setdefault(cell, Counter()).update(seen)
    return {
        cell: Cell(
            right=Share.of(each["right"], each["gold"]),
            right_answered=Share.of(each["right"], each["gold_answered"]),
            answered=Share.of(each["answered"], each["all"]),
            abstained=Share.of(each[ABSTAIN], each["all"]),
            invalid=Share.of(each[INVALID], each["all"]),
        )
        for cell, each in sorted(counts.items())
    }


# ---------------------------------------------------------------------------------------------------------------- bias


def _label_bias(asked: Sequence[tuple[str, Vote]], gold: Gold) -> tuple[LabelBias, ...]:
    pairs = [
        (gold_key(gold[item_id, vote.source_id]).label, key_of(vote).label)
        for item_id, vote in asked
        if (item_id, vote.source_id) in gold and is_answer(vote)
    ]
    given, right = Counter(answer for _, answer in pairs), Counter(truth for truth, _ in pairs)
    leans = {
        label: Lean.of(
            sum(answer == label != truth for truth, answer in pairs),
            sum(truth == label != answer for truth, answer in pairs),
        )
        for label in sorted(given | right)
    }
    corrected = _holm({label: lean.p for label, lean in leans.items()})
    found = [
        LabelBias(label, given[label] / len(pairs), right[label] / len(pairs), lean, corrected[label])
        for label, lean in leans.items()
    ]
    return tuple(sorted(found, key=lambda bias: (bias.p, -abs(bias.answer_share - bias.gold_share))))


def _holm(values: Mapping[str, float]) -> dict[str, float]:
    corrected: dict[str, float] = {}
    most = 0.0
    for number, (label, p) in enumerate(sorted(values.items(), key=lambda each: each[1])):
        most = max(most, min(1.0, p * (len(values) - number)))
        corrected[label] = most
    return corrected


def _early_spans(asked: Sequence[tuple[str, Vote]], gold: Gold) -> Lean:
    n_early = n_late = 0
    for item_id, vote in asked:
        right = gold.get((item_id, vote.source_id))
        if vote.span is None or right is None or not vote.span.intervals or not right.intervals:
            continue
        if vote.span.segment == right.segment:
            n_early += vote.span.start_char < right.start_char
            n_late += vote.span.start_char > right.start_char
    return Lean.of(n_early, n_late)


def _rounds(ballot: Ballot) -> list[Mapping[str, Any]]:
    return [each for each in ballot.meta.get("rounds", ()) if each.get("answers")]


def _count_same_again(ballots: Iterable[Ballot]) -> tuple[int, int]:
    n_same = n_again = 0
    for ballot in ballots:
        rounds = _rounds(ballot)
        for again in rounds[1:]:
            for question, answer in again["answers"].items():
                if question in rounds[0]["answers"]:
                    n_again += 1
                    n_same += answer == rounds[0]["answers"][question]
    return n_same, n_again


def _first_label(ballots: Iterable[Ballot]) -> Lean:
    """Pairs of rounds in which both the answer and the order of the two answers in the list changed."""
    n_early = n_late = 0
    for ballot in ballots:
        for before, after in pairwise(_rounds(ballot)):
            for question, answer in before["answers"].items():
                other = after["answers"].get(question)
                ranks = [_ranks(each, answer, other) for each in (before, after)]
                if other is None or answer == other or None in ranks:
                    continue
                (one, two), (three, four) = ranks  # type: ignore[misc]
                n_early += one < two and four < three
                n_late += one > two and four > three
    return Lean.of(n_early, n_late)


def _ranks(asked: Mapping[str, Any], answer: str, other: str | None) -> tuple[int, int] | None:
    """Where two labels stood in the list that was shown; None where they were not in one list."""
    for names in asked.get("labels", {}).values():
        if answer in names and other in names:
            return list(names).index(answer), list(names).index(other)
    return None


def _failed_checks(ballots: Iterable[Ballot]) -> dict[str, Share]:
    counts: dict[str, list[int]] = {}
    for ballot in ballots:
        for name, passed in ballot.checks.items():
            each = counts.setdefault(name, [0, 0])
            each[0] += not passed
            each[1] += 1
    return {name: Share.of(*each) for name, each in sorted(counts.items())}


def _foreign_rationales(
    by_voter: Mapping[str, Sequence[Ballot]], facts: Mapping[str, Facts], rationale_lang: str
) -> dict[str, Share]:
    """Rationales of all voters are looked at together, so that one who always strays does not set the measure."""
    rows: dict[str, list[tuple[str, str, str]]] = {}
    for voter, ballots in by_voter.items():
        for ballot in ballots:
            item = facts.get(ballot.item_id, Facts())
            for text in ballot.meta.get("rationales", {}).values():
                if str(text).strip() and item.lang != rationale_lang:
                    rows.setdefault(item.lang, []).append((voter, item.target, str(text)))
    counts = {voter: [0, 0] for voter in by_voter}
    for lang, group in rows.items():
        flags = check_targets(
            [target for _, target, _ in group], [text for _, _, text in group], src_lang=lang, tgt_lang=rationale_lang
        )
        for (voter, _, _), found in zip(group, flags, strict=True):
            counts[voter][0] += bool(found)
            counts[voter][1] += 1
    return {voter: Share.of(*each) for voter, each in counts.items()}

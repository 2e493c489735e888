"""What a voter is, what it answered, and what a panel made of the answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from projection.errors import Problem
from projection.types import Span

Outcome = Literal["label", "nothing", "abstain", "invalid"]
Criterion = Literal["candidate", "faithfulness", "completeness", "meaning", "fluency", "survives"]

# The voter gave a label; said that the target has none; would not or could not say; said what cannot be used.
LABEL: Outcome = "label"
NOTHING: Outcome = "nothing"
ABSTAIN: Outcome = "abstain"
INVALID: Outcome = "invalid"
OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)
CRITERIA: tuple[Criterion, ...] = get_args(Criterion)


@dataclass(frozen=True, slots=True)
class VoterSpec:
    """One machine with its settings: two specs with the same `key` give the same ballots.

    Attributes:
        id: name inside the panel, unique there.
        kind: `chat`, `local`, `projector`, `recorded`, `scripted`, or `file` for ballots made elsewhere.
        family: models of one family err together; a panel warns where two voters share one.
        model: name or path of the model, or of the engine.
        settings: what the kind needs (endpoint, temperature, seed, engine settings, path, ...); no secrets.
        prompt: version of the prompt, or "" for voters that are not asked in words.
    """

    id: str
    kind: str
    family: str
    model: str = ""
    settings: Mapping[str, Any] = field(default_factory=dict)
    prompt: str = ""


@dataclass(frozen=True, slots=True)
class Usage:
    """What a ballot cost.

    Attributes:
        n_requests: requests that were answered, repeated questions included; 0 where the cache had the answer.
        n_input_tokens: tokens sent, as the endpoint counts them.
        n_output_tokens: tokens received.
        cost: in the currency of the voter's prices.
        seconds: time from the first request to the last answer.
    """

    n_requests: int = 0
    n_input_tokens: int = 0
    n_output_tokens: int = 0
    cost: float = 0.0
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Vote:
    """A voter's answer to one question.

    Attributes:
        source_id: id of the source label that was asked about.
        outcome: `label`, `nothing` (the translation does not have it), `abstain` or `invalid`.
        span: the target label where the outcome is `label`, as in `projection.types.Span`: a class or grade covers its
            segment, a token tag its token; a relation covers nothing (no intervals), and lies in the segment of its
            head: where its ends are is said by the votes on these.
        confidence: the voter's own, 0 to 1; None where it gave none.
        evidence: the quote that it rests its answer on, or "".
        reason: why there is no label (code in kebab case), or "".
    """

    source_id: str
    outcome: Outcome
    span: Span | None = None
    confidence: float | None = None
    evidence: str = ""
    reason: str = ""

    def __post_init__(self) -> None:
        if (self.outcome == LABEL) != (self.span is not None):
            fault = "needs a span" if self.span is None else "has no span"
            raise ValueError(f"a vote with the outcome {self.outcome} {fault}")


# What each criterion is graded with; a candidate is judged by a choice instead.
SCALES: Mapping[Criterion, tuple[float, ...]] = {
    "faithfulness": (1.0, 2.0, 3.0, 4.0, 5.0),
    "completeness": (1.0, 2.0, 3.0, 4.0, 5.0),
    "meaning": (0.0, 0.5, 1.0),
    "fluency": (0.0, 0.5, 1.0),
    "survives": (0.0, 1.0),
}
# The candidate is right; is right but for its edges; has the wrong label; stands where the translation has none.
CHOICES = ("accept", "boundary", "label", "missing")


@dataclass(frozen=True, slots=True)
class Judgement:
    """A voter's opinion of what somebody else made.

    Attributes:
        criterion: `candidate` (one proposed label); `faithfulness` (are the labels that are there supported by the
            text?) and `completeness` (is none left out?), 1 to 5; `meaning` and `fluency` of the translation, 0, 0.5
            or 1; `survives`: whether the source label still holds of the translation, 0 or 1.
        value: the grade; None where the voter gave none, and for the criterion `candidate`.
        source_id: the source label that it is about, or "" for the whole item.
        choice: for `candidate` one of `CHOICES`, else "".
        rationale: in the voter's words.
        reason: why there is neither grade nor choice (code in kebab case), or "".
    """

    criterion: Criterion
    value: float | None = None
    source_id: str = ""
    choice: str = ""
    rationale: str = ""
    reason: str = ""

    def __post_init__(self) -> None:
        if self.value is not None and self.value not in SCALES.get(self.criterion, ()):
            raise ValueError(f"{self.value} is no grade of {self.criterion}")
        if self.choice and (self.criterion != "candidate" or self.choice not in CHOICES):
            raise ValueError(f"{self.choice!r} is no choice of {self.criterion}")


@dataclass(frozen=True, slots=True)
class Ballot:
    """All that one voter answered on one item.

    Attributes:
        item_id: the item.
        voter_id: the voter.
        votes: one for each question in the order of the source labels.
        judgements: opinions of candidates, labels and translations, where these were asked for.
        replies: raw replies in the order in which they came; never changed, never left out.
        problems: what in the replies could not be used, with place and reason.
        checks: consistency checks by name (`permuted`, `back-check`, `evidence`, ...): passed or not.
        usage: what it cost.
        prompt_hash: hash of everything that was sent, or "".
        meta: what measures of the voter need, as JSON values:
            `rounds`: one entry for each time that it was asked about the item: `prompt` (version of the template),
            `labels` (layer: names in the order in which they were shown; the first one stood first), and `answers`
            (question: label, or the outcome in brackets where there is none, such as `[abstain]`) before the rounds
            were compared.
            `back`: the same of the back-check, which shows no labels of the source; missing where none was made.
            `rationales`: the voter's reasons in its own words, by question.
            `finish`: why each reply ended (`stop`, `length`, ...).
    """

    item_id: str
    voter_id: str
    votes: tuple[Vote, ...]
    replies: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()
    checks: Mapping[str, bool] = field(default_factory=dict)
    usage: Usage = Usage()
    prompt_hash: str = ""
    judgements: tuple[Judgement, ...] = ()
    meta: Mapping[str, Any] = field(default_factory=dict)

    def vote_on(self, source_id: str) -> Vote | None:
        """The vote on one question, or None where it was not asked."""
        return next((vote for vote in self.votes if vote.source_id == source_id), None)


@dataclass(frozen=True, slots=True)
class Option:
    """One answer that got votes: a label at a place, or `None` for "nothing here"; with who chose it."""

    span: Span | None
    voters: tuple[str, ...]
    weight: float


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a panel says on one question.

    Attributes:
        item_id: the item.
        source_id: the question.
        rule: name of the rule, with its settings in `Panel` records.
        options: the answers in falling weight; ties in the order of the voters.
        n_voters: size of the panel, those included who abstained, were invalid or gave no ballot.
        is_agreed: whether the rule accepts the first option; else the question is contested and goes to people.
        is_tie: whether the first two options weigh the same; a tie is never agreed.
        probability: of the first option being right, where the rule estimates one.
        entropy: of the weights of the options and the missing votes, in bits.
    """

    item_id: str
    source_id: str
    rule: str
    options: tuple[Option, ...]
    n_voters: int
    is_agreed: bool
    is_tie: bool = False
    probability: float | None = None
    entropy: float = 0.0

    @property
    def span(self) -> Span | None:
        """The label of the first option, agreed or not; None for "nothing here" and where nobody voted."""
        return self.options[0].span if self.options else None

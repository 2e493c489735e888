"""What the projection of token tags takes and returns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from projection.align.base import Posterior
from projection.errors import EngineError, Problem


@dataclass(frozen=True, slots=True)
class TagSource:
    """One source language: the n-th entry of each list belongs to the n-th target sentence.

    Attributes:
        name: of the source, usually its language code; unique among the sources of a projection.
        words: source words of each sentence; an empty list where this source has no such sentence.
        tags: one tag for each of these words.
        links: link probabilities between these words and the target's, shape (n_src, n_tgt) in both directions.
    """

    name: str
    words: Sequence[Sequence[str]]
    tags: Sequence[Sequence[str]]
    links: Sequence[Posterior]


@dataclass(frozen=True, slots=True)
class TagSettings:
    """How token tags are projected.

    Attributes:
        min_probability: tokens whose best tag is less probable get none (abstention); 0 tags every token that can be.
        word_weight: pseudo-counts of the ending in the tag distribution of a word form.
        ending_weight: pseudo-counts of the shorter ending in that of a longer one.
        ending_letters: longest ending looked at.
        neighbour_weight: exponent of the tag-to-tag association of neighbours; 0 looks at each token alone.
        case_weight: exponent of what capital letters say; 0 ignores them.
        context_penalty: L2 penalty of the model of spelling and neighbouring words; 0 leaves that model out.
        reliability_weight: exponent of a source's reliability in the vote; 0 gives all sources the same weight.
    """

    min_probability: float = 0.0
    word_weight: float = 3.0
    ending_weight: float = 5.0
    ending_letters: int = 5
    neighbour_weight: float = 0.75
    case_weight: float = 0.5
    context_penalty: float = 100.0
    reliability_weight: float = 6.0


@dataclass(frozen=True, slots=True)
class TokenTag:
    """The tag of one target token.

    Attributes:
        tag: the most probable tag, or None where the projection abstains.
        probability: of the most probable tag, 0 to 1.
        distribution: the probable tags, most probable first; those under 1 % are left out.
        entropy: of the whole distribution, in bits.
        by_source: each source's own tag of this token; None where it says nothing.
        reason: why there is no tag: `low-score` or `no-link`; "" when there is one.
    """

    tag: str | None
    probability: float
    distribution: Mapping[str, float]
    entropy: float
    by_source: Mapping[str, str | None]
    reason: str = ""


@dataclass(frozen=True, slots=True)
class TypeRow:
    """How consistently a word form was tagged.

    Attributes:
        form: case-folded word.
        n_tokens: occurrences.
        shares: share of the tokens with each tag, most frequent first; abstentions count under "".
    """

    form: str
    n_tokens: int
    shares: Mapping[str, float]

    def to_json(self) -> dict[str, Any]:
        """Plain values; shares rounded to 4 decimals."""
        shares = {tag: round(share, 4) for tag, share in self.shares.items()}
        return {"form": self.form, "n_tokens": self.n_tokens, "shares": shares}


@dataclass(frozen=True, slots=True)
class TagProjection:
    """Tags of all target sentences.

    Attributes:
        sentences: the n-th list holds the tags of the n-th target sentence, one for each word.
        reliability: weight of each source in the vote; they sum to 1.
        types: consistency of each word form, the most frequent first.
    """

    sentences: tuple[tuple[TokenTag, ...], ...]
    reliability: Mapping[str, float]
    types: tuple[TypeRow, ...] = field(default=())

    @property
    def tags(self) -> list[list[str | None]]:
        """The tags alone."""
        return [[token.tag for token in sentence] for sentence in self.sentences]

    @property
    def n_abstained(self) -> int:
        """Tokens without a tag."""
        return sum(1 for sentence in self.sentences for token in sentence if token.tag is None)


def check_sources(words: Sequence[Sequence[str]], sources: Sequence[TagSource]) -> None:
    """Refuse sources that do not fit the target.

    Raises:
        EngineError: `no-source`, `duplicate-source`, `different-counts`.
    """
    if not sources:
        raise EngineError(Problem("no-source", "There is no source of tags.", "Give at least one."))
    names = [source.name for source in sources]
    if len(set(names)) < len(names):
        fault = f"Two sources have the same name: {', '.join(names)}."
        raise EngineError(Problem("duplicate-source", fault, "Give each source its own name."))
    for source in sources:
        _check_source(words, source)
    if not any(tags for source in sources for tags in source.tags):
        raise EngineError(Problem("no-source", "The sources have no tag.", "Give tagged sentences."))


def _check_source(words: Sequence[Sequence[str]], source: TagSource) -> None:
    counts = {len(words), len(source.words), len(source.tags), len(source.links)}
    if len(counts) > 1:
        fault = f"Source {source.name} has other numbers of sentences, tags or links than the target."
        raise EngineError(Problem("different-counts", fault, "Give one entry for each target sentence."))
    for number, (target, tags, links) in enumerate(zip(words, source.tags, source.links, strict=True), start=1):
        if len(source.words[number - 1]) != len(tags) or links.forward.shape != (len(tags), len(target)):
            fault = f"Words, tags and links of source {source.name} do not fit together."
            remedy = "Give one tag for each word, and links made for these words."
            raise EngineError(Problem("different-counts", fault, remedy, place=f"sentence {number}"))

"""Token tags as published: hard links of both directions, type constraints and a weighted maximum vote.

The rules of Eskander, Muresan and Collins (2020, Unsupervised Cross-Lingual Part-of-Speech Tagging for Truly
Low-Resource Scenarios, EMNLP), which arXiv 2602.09366 builds on.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from projection.align.base import Posterior
from projection.transfer.tags.base import TagProjection, TagSource, TokenTag, check_sources
from projection.transfer.tags.corpus import PlainTags, Tokens
from projection.transfer.tags.project import count_types, entropy_of, split_rows

Vote = tuple[str, float]


@dataclass(frozen=True, slots=True)
class PublishedTagSettings:
    """The published parameters.

    Attributes:
        min_link: links of a lower probability (mean of both directions) are not used.
        min_share: tags with a lower share of a word form's projected tags are dropped (type constraint).
    """

    min_link: float = 0.1
    min_share: float = 0.3


def project_tags_published(
    words: Sequence[Sequence[str]], sources: Sequence[TagSource], settings: PublishedTagSettings | None = None
) -> TagProjection:
    """Tag the words of a target corpus by the published rules; what they leave open stays without a tag.

    For each token and source: numbers and signs by rule; else the tag of the source word linked in both directions
    with the highest probability, each source word used once; else that of a source word with the same letters; else
    none. Then tags that are rare for their word form are dropped, source by source. Last, the tag with the highest
    sum of link probabilities over the sources wins; no tag never outvotes a tag.

    Raises:
        EngineError: as `project_tags`.
    """
    chosen = settings or PublishedTagSettings()
    check_sources(words, sources)
    tokens, plain = Tokens.make(words), PlainTags(sources)
    votes = {source.name: _constrain(tokens, _project(words, source, plain, chosen), chosen) for source in sources}
    rows = [_decide({name: own[index] for name, own in votes.items()}) for index in range(len(tokens))]
    weights = {source.name: 1 / len(sources) for source in sources}
    return TagProjection(split_rows(rows, words), weights, count_types(tokens, rows))


def _project(
    words: Sequence[Sequence[str]], source: TagSource, plain: PlainTags, settings: PublishedTagSettings
) -> list[Vote | None]:
    found: list[Vote | None] = []
    for target, own, tags, links in zip(words, source.words, source.tags, source.links, strict=True):
        linked = _best_links(links, settings.min_link)
        same = dict(zip(reversed(own), reversed(tags), strict=True))
        for index, word in enumerate(target):
            if (rule := plain.find(word)) is not None:
                found.append((rule, 1.0))
            elif index in linked:
                found.append((tags[linked[index][0]], linked[index][1]))
            else:
                found.append((same[word], 1.0) if word in same else None)
    return found


def _best_links(links: Posterior, min_link: float) -> dict[int, tuple[int, float]]:
    """Source word and probability of each target word, the surest first, each source word once."""
    ranked = sorted(links.hard_links("intersection"), key=lambda link: (-link.probability, link.src, link.tgt))
    found: dict[int, tuple[int, float]] = {}
    used: set[int] = set()
    for link in ranked:
        if link.probability >= min_link and link.src not in used and link.tgt not in found:
            found[link.tgt] = (link.src, link.probability)
            used.add(link.src)
    return found


def _constrain(tokens: Tokens, votes: Sequence[Vote | None], settings: PublishedTagSettings) -> list[Vote | None]:
    counts: list[Counter[str]] = [Counter() for _ in tokens.forms]
    forms = tokens.form.tolist()
    for form, vote in zip(forms, votes, strict=True):
        if vote is not None:
            counts[form][vote[0]] += 1
    return [
        vote if vote is not None and counts[form][vote[0]] >= settings.min_share * counts[form].total() else None
        for form, vote in zip(forms, votes, strict=True)
    ]


def _decide(votes: Mapping[str, Vote | None]) -> TokenTag:
    weights: dict[str, float] = {}
    for vote in votes.values():
        if vote is not None:
            weights[vote[0]] = weights.get(vote[0], 0.0) + vote[1]
    by_source = {name: vote[0] if vote else None for name, vote in votes.items()}
    if not weights:
        return TokenTag(None, 0.0, {}, 0.0, by_source, "no-link")
    total = sum(weights.values())
    ranked = sorted(weights, key=lambda tag: (-weights[tag], tag))
    shares = {tag: round(weights[tag] / total, 4) for tag in ranked}
    return TokenTag(ranked[0], shares[ranked[0]], shares, entropy_of(list(weights.values())), by_source)

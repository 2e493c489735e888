"""Token tags of several source languages, projected, smoothed and put to the vote."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from projection.transfer.tags.base import TagProjection, TagSettings, TagSource, TokenTag, TypeRow, check_sources
from projection.transfer.tags.chain import chain_posterior
from projection.transfer.tags.context import context_posterior
from projection.transfer.tags.corpus import PlainTags, Tokens, expected_tags, list_tags
from projection.transfer.tags.smoothing import case_factor, form_distribution

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

_SHOWN = 0.01
_LINKED = 0.05


@dataclass(frozen=True, slots=True)
class _Vote:
    """What one source says: posterior and evidence, shape (n_tokens, n_tags), and its reliability."""

    posterior: Floats
    evidence: Floats
    reliability: float


def project_tags(
    words: Sequence[Sequence[str]], sources: Sequence[TagSource], settings: TagSettings | None = None
) -> TagProjection:
    """Tag the words of a target corpus with what the sources' tags and links say.

    For each source, link probabilities bring expected tags to the tokens; the tokens of one word form, and its
    endings, are put together; neighbouring tags and capital letters correct that. The sources' posteriors are
    averaged by reliability, which is how much of a source's text is linked, times how well its tags agree with what
    the whole corpus says about them. A model of spelling and context, trained on the result, has the last word
    together with it. Numbers and signs are tagged as the sources tag them. All learning is from projected tags.

    Args:
        words: target words of each sentence.
        sources: at least one.
        settings: see `TagSettings`.

    Raises:
        EngineError: `no-source`, `duplicate-source`, or `different-counts` where a source does not fit the target.
    """
    chosen = settings or TagSettings()
    check_sources(words, sources)
    tokens, tags = Tokens.make(words), list_tags(sources)
    fixed = _fixed_tags(tokens, tags, PlainTags(sources))
    is_word = fixed.sum(axis=1) == 0
    votes = {source.name: _project_source(tokens, source, tags, fixed, chosen) for source in sources}
    weights = _weigh(votes, chosen.reliability_weight)
    posterior = sum((weights[name] * vote.posterior for name, vote in votes.items()), np.zeros_like(fixed))
    if chosen.context_penalty and len(tokens):
        posterior = _normalise(posterior * context_posterior(tokens, posterior, penalty=chosen.context_penalty))
    posterior[~is_word] = fixed[~is_word]
    linked = np.stack([vote.evidence.sum(axis=1) for vote in votes.values()], axis=1)
    by_source = {name: _own_tags(vote, tags) for name, vote in votes.items()}
    rows = _token_tags(posterior, tags, by_source, linked.max(axis=1) >= _LINKED, chosen.min_probability)
    return TagProjection(split_rows(rows, words), weights, count_types(tokens, rows))


def _fixed_tags(tokens: Tokens, tags: Sequence[str], plain: PlainTags) -> Floats:
    """1 at the tag of each number and sign; rows of 0 for words."""
    column = {tag: number for number, tag in enumerate(tags)}
    fixed = np.zeros((len(tokens), len(tags)))
    for index, word in enumerate(tokens.words):
        if (tag := plain.find(word)) is not None:
            fixed[index, column[tag]] = 1.0
    return fixed


def _project_source(
    tokens: Tokens, source: TagSource, tags: Sequence[str], fixed: Floats, settings: TagSettings
) -> _Vote:
    evidence = expected_tags(source, tags)
    is_word = fixed.sum(axis=1) == 0
    evidence[~is_word] = fixed[~is_word]
    local = form_distribution(tokens, evidence, settings)
    posterior = chain_posterior(tokens.lengths, local, weight=settings.neighbour_weight)
    if settings.case_weight and len(tokens):
        local = local * case_factor(tokens, posterior, settings.case_weight)
        posterior = chain_posterior(tokens.lengths, local, weight=settings.neighbour_weight)
    mass = evidence[is_word].sum()
    agreed = (evidence[is_word] * posterior[is_word]).sum()
    # Linked share times agreement of what is linked: mass / n * agreed / mass.
    return _Vote(posterior, evidence, float(agreed / max(1, is_word.sum())) if mass else 0.0)


def _weigh(votes: Mapping[str, _Vote], weight: float) -> dict[str, float]:
    raised = {name: max(vote.reliability, 1e-9) ** weight for name, vote in votes.items()}
    total = sum(raised.values())
    return {name: value / total for name, value in raised.items()}


def _normalise(values: Floats) -> Floats:
    normal: Floats = values / values.sum(axis=1, keepdims=True)
    return normal


def _own_tags(vote: _Vote, tags: Sequence[str]) -> list[str | None]:
    """The tag that a source's own posterior gives each token; None where nothing is linked to it."""
    best = vote.posterior.argmax(axis=1)
    is_linked = vote.evidence.sum(axis=1) >= _LINKED
    return [tags[tag] if linked else None for tag, linked in zip(best.tolist(), is_linked.tolist(), strict=True)]


def _token_tags(
    posterior: Floats,
    tags: Sequence[str],
    by_source: Mapping[str, Sequence[str | None]],
    is_linked: Flags,
    min_probability: float,
) -> list[TokenTag]:
    order = np.argsort(-posterior, axis=1, kind="stable")
    rows = []
    for index, ranked in enumerate(order.tolist()):
        values = posterior[index]
        best = float(values[ranked[0]])
        reason = "" if best >= min_probability else ("low-score" if is_linked[index] else "no-link")
        rows.append(
            TokenTag(
                tag=None if reason else tags[ranked[0]],
                probability=round(best, 4),
                distribution={tags[tag]: round(float(values[tag]), 4) for tag in ranked if values[tag] >= _SHOWN},
                entropy=entropy_of(values),
                by_source={name: own[index] for name, own in by_source.items()},
                reason=reason,
            )
        )
    return rows


def entropy_of(weights: Sequence[float] | Floats) -> float:
    """Entropy in bits of weights that need not sum to 1, rounded to 4 decimals."""
    share = np.asarray(weights) / np.sum(weights)
    return round(float(-(share * np.log2(np.maximum(share, 1e-12))).sum()), 4) + 0.0


def split_rows(rows: Sequence[TokenTag], words: Sequence[Sequence[str]]) -> tuple[tuple[TokenTag, ...], ...]:
    """The tags of all tokens as sentences."""
    found, start = [], 0
    for sentence in words:
        found.append(tuple(rows[start : start + len(sentence)]))
        start += len(sentence)
    return tuple(found)


def count_types(tokens: Tokens, rows: Sequence[TokenTag]) -> tuple[TypeRow, ...]:
    """How consistently each word form was tagged, the most frequent form first."""
    counts: list[Counter[str]] = [Counter() for _ in tokens.forms]
    for form, row in zip(tokens.form.tolist(), rows, strict=True):
        counts[form][row.tag or ""] += 1
    table = [
        TypeRow(form, found.total(), {tag: n / found.total() for tag, n in _ranked(found)})
        for form, found in zip(tokens.forms, counts, strict=True)
    ]
    return tuple(sorted(table, key=lambda row: (-row.n_tokens, row.form)))


def _ranked(counts: Counter[str]) -> list[tuple[str, int]]:
    return sorted(counts.items(), key=lambda entry: (-entry[1], entry[0]))

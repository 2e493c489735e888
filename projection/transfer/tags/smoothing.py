"""The tag distribution of each word form: all its tokens together, backed off to its endings."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from projection.transfer.tags.base import TagSettings
from projection.transfer.tags.corpus import Tokens

Floats = npt.NDArray[np.float64]

_TINY = 1e-6


def form_distribution(tokens: Tokens, evidence: Floats, settings: TagSettings) -> Floats:
    """Probability of each tag for each token by its word form alone; shape (n_tokens, n_tags).

    Counts of a form are its expected tags in the whole corpus. They are added to the distribution of its longest
    ending, that to the next shorter one's, and so on (Bayesian back-off). A form counts in its endings with the root
    of its mass, so that frequent forms do not drown the others.

    Args:
        tokens: the target corpus.
        evidence: shape (n_tokens, n_tags): expected tags of each token.
        settings: `word_weight`, `ending_weight`, `ending_letters`.
    """
    counts = np.zeros((len(tokens.forms), evidence.shape[1]))
    np.add.at(counts, tokens.form, evidence)
    endings = _ending_counts(tokens.forms, counts, settings.ending_letters)
    whole = endings[""] + _TINY
    base = whole / whole.sum()
    smoothed = np.empty_like(counts)
    for number, form in enumerate(tokens.forms):
        probability = base
        for ending in _endings(form, settings.ending_letters):
            if ending:
                probability = _add(endings[ending], probability, settings.ending_weight)
        smoothed[number] = _add(counts[number], probability, settings.word_weight)
    return smoothed[tokens.form]


def _add(counts: Floats, prior: Floats, weight: float) -> Floats:
    added: Floats = (counts + (weight + _TINY) * prior) / (counts.sum() + weight + _TINY)
    return added


def _endings(form: str, n_letters: int) -> list[str]:
    """The endings of a form, shortest first, the empty one included, the whole form not."""
    return [form[len(form) - length :] for length in range(min(n_letters, len(form) - 1) + 1)]


def _ending_counts(forms: list[str], counts: Floats, n_letters: int) -> dict[str, Floats]:
    damped = counts / (np.sqrt(counts.sum(axis=1, keepdims=True)) + _TINY)
    found: dict[str, Floats] = {"": np.zeros(counts.shape[1])}
    for number, form in enumerate(forms):
        for ending in _endings(form, n_letters):
            if ending in found:
                found[ending] = found[ending] + damped[number]
            else:
                found[ending] = damped[number]
    return found


def case_factor(tokens: Tokens, posterior: Floats, weight: float) -> Floats:
    """What the capital letters of a token say about its tag; shape (n_tokens, n_tags).

    The ratio p(tag | case) / p(tag), from the posteriors themselves, to the power of `weight`.
    """
    numbers: dict[str, int] = {}
    case = np.array([numbers.setdefault(name, len(numbers)) for name in tokens.cases], dtype=np.int64)
    counts = np.zeros((len(numbers), posterior.shape[1]))
    np.add.at(counts, case, posterior)
    share = posterior.mean(axis=0)
    smoothed = (counts + 5.0 * share) / (counts.sum(axis=1, keepdims=True) + 5.0)
    factor: Floats = (smoothed / (share + 1e-9)) ** weight
    return factor[case]

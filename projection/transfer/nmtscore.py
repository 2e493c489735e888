"""How alike two texts of two languages are, by a translation model (Vamvas and Sennrich 2022, arXiv 2204.13692).

`direct`: sim(a, b) = 1/2 [P(a|b) / P(a|a) + P(b|a) / P(b|b)], where P(x|y) is the probability of x as a translation of
y, normalised by length: the geometric mean of the token probabilities. `cross`: the same with translations of a and b
into the target language in the place of a and b before the bar.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from functools import cached_property
from typing import Literal, NamedTuple

from projection.neural import LoadedModel
from projection.neural.generation import generate_texts
from projection.neural.languages import forced_ids, tokenize_sources
from projection.neural.scoring import longest_input, score_targets

Base = Literal["e", "2"]
Comparison = Literal["direct", "cross"]
BASES: tuple[Base, ...] = ("e", "2")
COMPARISONS: tuple[Comparison, ...] = ("direct", "cross")

TextPair = tuple[str, str]


class _Key(NamedTuple):
    """One probability: of the target as a translation of the source."""

    src_lang: str
    tgt_lang: str
    source: str
    target: str


_Ratio = tuple[_Key, _Key]


def likelihood_ratio(given_other: float, given_itself: float, *, base: Base = "e") -> float:
    """P(a|b) / P(a|a) from the two mean log-probabilities (nats) of the tokens of a.

    `e` takes exp() of the means. `2` raises 2 to them, as the published code does (a logarithm to the base of 2 is
    meant, the loss is in nats), which draws all values towards 1; published scores are of this kind.
    """
    difference = given_other - given_itself
    return 2.0**difference if base == "2" else math.exp(difference)


class TranslationScorer:
    """Scores pairs of texts and keeps every probability that it has computed."""

    def __init__(
        self,
        load: Callable[[], LoadedModel],
        *,
        base: Base = "e",
        comparison: Comparison = "direct",
        batch_size: int = 32,
        max_new_tokens: int = 256,
    ) -> None:
        """Take a translation model that translates in both directions and from each language to itself.

        Args:
            load: calls `load_model(..., task="seq2seq")`; called once, when the first pair is scored.
            base: see `likelihood_ratio`.
            comparison: `direct`, or `cross` (slower: translates each text once).
            batch_size: pairs in a batch.
            max_new_tokens: for the translations of `cross`.
        """
        self._load = load
        self._base = base
        self._comparison = comparison
        self._batch_size = batch_size
        self._max_new_tokens = max_new_tokens
        self._means: dict[_Key, float] = {}
        self._translations: dict[tuple[str, str, str], str] = {}

    @cached_property
    def loaded(self) -> LoadedModel:
        """The model."""
        return self._load()

    def score(self, pairs: Iterable[TextPair], *, src_lang: str, tgt_lang: str) -> dict[TextPair, float]:
        """Likeness of (source text, target text) pairs: about 0 to 1, a little more at times.

        Pairs with an empty text, or with one of more tokens than the model has positions, are left out.

        Raises:
            EngineError: `unknown-language`.
        """
        wanted = self._usable(dict.fromkeys(pairs), src_lang, tgt_lang)
        if self._comparison == "cross":
            self._translate({source for source, _ in wanted}, src_lang, tgt_lang)
            self._translate({target for _, target in wanted}, tgt_lang, tgt_lang)
        ratios = {pair: self._ratios(pair, src_lang, tgt_lang) for pair in wanted}
        self._compute(key for parts in ratios.values() for ratio in parts for key in ratio)
        return {pair: self._mean_ratio(parts) for pair, parts in ratios.items()}

    def _ratios(self, pair: TextPair, src_lang: str, tgt_lang: str) -> tuple[_Ratio, _Ratio]:
        """The two ratios of a pair: in each, the target given the other text, and given its own text."""
        source, target = pair
        if self._comparison == "direct":
            return (
                (_Key(tgt_lang, src_lang, target, source), _Key(src_lang, src_lang, source, source)),
                (_Key(src_lang, tgt_lang, source, target), _Key(tgt_lang, tgt_lang, target, target)),
            )
        of_source = self._translations[src_lang, tgt_lang, source]
        of_target = self._translations[tgt_lang, tgt_lang, target]
        return (
            (_Key(tgt_lang, tgt_lang, target, of_source), _Key(src_lang, tgt_lang, source, of_source)),
            (_Key(src_lang, tgt_lang, source, of_target), _Key(tgt_lang, tgt_lang, target, of_target)),
        )

    def _mean_ratio(self, ratios: Iterable[_Ratio]) -> float:
        first, second = (
            likelihood_ratio(self._means[other], self._means[itself], base=self._base) for other, itself in ratios
        )
        return (first + second) / 2

    def _compute(self, keys: Iterable[_Key]) -> None:
        """Mean log-probabilities of what is not known yet, one pair of languages after the other."""
        missing: dict[tuple[str, str], list[_Key]] = {}
        for key in dict.fromkeys(keys):
            if key not in self._means:
                missing.setdefault((key.src_lang, key.tgt_lang), []).append(key)
        for (src_lang, tgt_lang), group in missing.items():
            scores = score_targets(
                self.loaded,
                [key.source for key in group],
                [key.target for key in group],
                src_lang=src_lang,
                tgt_lang=tgt_lang,
                batch_size=self._batch_size,
            )
            self._means |= {key: score.mean for key, score in zip(group, scores, strict=True)}

    def _translate(self, texts: Iterable[str], src_lang: str, tgt_lang: str) -> None:
        missing = sorted(text for text in texts if (src_lang, tgt_lang, text) not in self._translations)
        if not missing:
            return
        tokenizer = self.loaded.tokenizer
        found = generate_texts(
            self.loaded,
            tokenize_sources(tokenizer, missing, src_lang=src_lang, tgt_lang=tgt_lang),
            max_new_tokens=self._max_new_tokens,
            forced=forced_ids(tokenizer, tgt_lang),
            batch_size=self._batch_size,
        )
        self._translations |= {(src_lang, tgt_lang, text): best[0] for text, best in zip(missing, found, strict=True)}

    def _usable(self, pairs: Iterable[TextPair], src_lang: str, tgt_lang: str) -> list[TextPair]:
        """Pairs whose texts are not empty and that the model has positions for."""
        filled = [pair for pair in pairs if pair[0].strip() and pair[1].strip()]
        limit = longest_input(self.loaded)
        if limit is None or not filled:
            return filled
        too_long = set()
        for texts, lang in (({pair[0] for pair in filled}, src_lang), ({pair[1] for pair in filled}, tgt_lang)):
            ordered = sorted(texts)
            ids = tokenize_sources(self.loaded.tokenizer, ordered, src_lang=lang, tgt_lang=tgt_lang)
            too_long |= {text for text, row in zip(ordered, ids, strict=True) if len(row) > limit}
        return [pair for pair in filled if too_long.isdisjoint(pair)]

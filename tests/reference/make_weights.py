"""Learn the weights of scored span transfer from labelled sentence pairs.

Use: `PYTHONPATH=. python tests/reference/make_weights.py DATA_FOLDER [--leave-out LANG ...] [--out FILE]`, from the
root of the project. The path makes it measure and write this copy of the library, not an installed one; it refuses to
run without. Writes `projection/transfer/weights.py`, or FILE, which is then a copy of it with the new weights.

Learned from: development and training parts (UNER has only one part); Europarl, XQuAD and the test parts stay held out.
`--leave-out` takes a language out of learning altogether, to measure on it. Needs torch; takes some minutes.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import permutations
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import torch

from projection.align.base import Posterior
from projection.align.statistical import StatisticalAligner
from projection.bench.sets.files import read_sentences
from projection.bench.sets.links import list_links, with_links
from projection.bench.sets.masakha import turned
from projection.bench.sets.pairs import SPAN_SETS, GoldPairs, gold_pairs
from projection.formats import pair_by_table, read_id_table
from projection.projectors.pairs import pair_segments, source_spans
from projection.transfer import weights
from projection.transfer.batch import SpanBatch
from projection.transfer.decoder import SpanPair, covered_tokens
from projection.transfer.features import FEATURES, describe_ranges, has_evidence
from projection.transfer.memory import CorpusMemory
from projection.transfer.profiles import PROFILES, choose_kind
from projection.transfer.views import SPELLING_WORDS, PairView, SpanView
from projection.types import Item, Span

ROOT = Path(__file__).resolve().parents[2]
TABLE = Path(weights.__file__).resolve()

PARTS = (
    ("uner", "", ("en-de", "en-pt", "en-sv", "de-en", "sv-en", "de-pt", "pt-sv")),
    ("ote", "train", ("en-es", "es-en")),
    ("abstrct", "neoplasm_dev", ("en-es", "es-en")),
    ("xsid", "valid", ("en-de", "en-id", "en-tr", "en-nl", "en-da", "en-sr", "de-en", "tr-en")),
)
"""Set, part and directions."""
ALIGNERS = ("awesome", "simalign", "mgiza")
"""Whose stored links of OTE train are learned from, too."""

MAX_SPANS = 700
"""Of each direction of a set, evenly spread."""
MAX_RANGES = 80
MAX_SENTENCE_WORDS = 150
MAX_SAME_LABEL = 6
MIN_EXAMPLES = 8
FAMILY_EXAMPLES = 1200
"""All directions of a set together count at most as much as this many examples."""
LINKS_WEIGHT = 0.5
NULL_WEIGHT = 0.5
NULL_EVERY = 4

L2_LIKELIHOOD = 3.0
L2_ROBUST = 1.0
ROBUST = 0.3
"""q of generalised cross-entropy: (1 - p^q) / q; towards 0 it is the likelihood, 1 is accuracy."""
MIN_SCALE = 0.02

Floats = npt.NDArray[np.float64]
Rows = npt.NDArray[np.float32]
Loss = Callable[[torch.Tensor], torch.Tensor]


class Sentence(NamedTuple):
    """A pair with its link probabilities, shape (n_src, n_tgt), and the label, start and end of each gold range."""

    pair: SpanPair
    spans: Mapping[str, Span]
    gold: tuple[tuple[str, int, int], ...]
    mass: npt.NDArray[np.float32]


class Match(NamedTuple):
    """A source span, as its tokens, and its gold range in the target sentence of that number."""

    number: int
    tokens: tuple[int, ...]
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Corpus:
    """A set in one direction over one aligner's links.

    Attributes:
        family: corpora of a family share `FAMILY_EXAMPLES`.
        weight: of each of its examples.
    """

    family: str
    weight: float
    sentences: Sequence[Sentence]
    matches: Sequence[Match]


class Case(NamedTuple):
    """A source span in a sentence pair, and its gold range there; None where it has none."""

    src_words: Sequence[str]
    tgt_words: Sequence[str]
    mass: npt.NDArray[np.float32]
    tokens: tuple[int, ...]
    gold: tuple[int, int] | None

    @property
    def kind(self) -> str:
        return choose_kind([self.src_words[token] for token in self.tokens])

    def without(self, start: int, end: int) -> Case:
        """The case after these target words have been taken away, which were its gold range."""
        kept = [token for token in range(len(self.tgt_words)) if not start <= token < end]
        return self._replace(tgt_words=[self.tgt_words[token] for token in kept], mass=self.mass[:, kept], gold=None)


class Example(NamedTuple):
    """A span's ranges, after "no range" in row 0; shape (n_ranges + 1, len(FEATURES) + 1); the last column is null."""

    family: str
    weight: float
    rows: Rows
    right: int


def read_part(folder: Path, name: str, part: str, src_lang: str, tgt_lang: str) -> GoldPairs:
    """The pairs of a set in one direction; UNER has pairs without English."""
    if name == "uner":
        place = folder / "ner-uner-pud"
        left, right = (read_sentences(place / f"{x}_pud-ud-test.iob2", lang=x).rows for x in (src_lang, tgt_lang))
        table = read_id_table((place / "pud_ids.tsv").read_bytes())
        found = pair_by_table(table, src_lang, tgt_lang, left, right)
        return gold_pairs(found.pairs, src_lang=src_lang, tgt_lang=tgt_lang)
    other = tgt_lang if src_lang == "en" else src_lang
    pairs = next(each for each in SPAN_SETS[name](folder) if (each.lang, each.part) == (other, part)).read()
    if src_lang == "en":
        return pairs
    items = [turned(item, gold) for item, gold in zip(pairs.items, pairs.gold, strict=True)]
    return replace(pairs, items=items, gold=[item.spans for item in pairs.items])


def align(items: Sequence[Item]) -> Iterator[npt.NDArray[np.float32]]:
    """Link probabilities by the default aligner, learned from the items alone."""
    pairs = [pair_segments(item)[0] for item in items]
    words = [(pair.source.words, pair.target.words) for pair in pairs]
    aligner = StatisticalAligner()
    aligner.fit(words, progress=lambda _: None)
    return (posterior.mean for posterior in aligner.align_many(words))


def make_sentence(item: Item, gold: Sequence[Span], mass: npt.NDArray[np.float32]) -> Sentence:
    pair = pair_segments(item)[0].span_pair
    covered = [(span.label, covered_tokens(pair.target, span)) for span in gold]
    ranges = tuple((label, tokens[0], tokens[-1] + 1) for label, tokens in covered if tokens)
    return Sentence(pair, source_spans(item, 0), ranges, mass)


def match_spans(sentences: Sequence[Sentence]) -> list[Match]:
    """Which gold range belongs to which source span, in sentences whose two sides have the same labels.

    Spans of one label are matched so that the sum of soft Dice coefficient and likeness of letters is largest; a pair
    for which neither speaks is no match.
    """
    found = []
    for number, sentence in enumerate(sentences):
        labels = Counter(span.label for span in sentence.spans.values())
        if labels != Counter(label for label, *_ in sentence.gold):
            continue
        view = PairView.make(sentence.pair.source.words, sentence.pair.target.words, sentence.mass)
        for label, n_spans in labels.items():
            if n_spans <= MAX_SAME_LABEL:
                found += [Match(number, *rest) for rest in match_label(sentence, view, label)]
    return found


def match_label(sentence: Sentence, view: PairView, label: str) -> Iterator[tuple[tuple[int, ...], int, int]]:
    spans = [covered_tokens(sentence.pair.source, span) for span in sentence.spans.values() if span.label == label]
    if not all(spans):
        return
    start, end = np.array([(start, end) for own, start, end in sentence.gold if own == label]).T
    gain = np.zeros((len(spans), len(start)))
    for row, tokens in enumerate(spans):
        batch = SpanBatch([SpanView(view, list(tokens), start, end)])
        features = describe_ranges(batch)
        gain[row] = features[[FEATURES.index("dice"), FEATURES.index("spelling")]].sum(axis=0)
        gain[row] *= has_evidence(batch, features)
    rows = range(len(spans))
    best = max(permutations(rows), key=lambda columns: float(gain[rows, columns].sum()))
    yield from ((spans[n], int(start[to]), int(end[to])) for n, to in enumerate(best) if gain[n, to] > 0)


def read_corpora(folder: Path, left_out: Sequence[str]) -> Iterator[Corpus]:
    """Each direction of each set, and OTE also over stored links."""
    for name, part, direction in ((name, part, each) for name, part, directions in PARTS for each in directions):
        src_lang, tgt_lang = direction.split("-")
        if src_lang in left_out or tgt_lang in left_out:
            continue
        pairs = read_part(folder, name, part, src_lang, tgt_lang)
        rows = zip(pairs.items, pairs.gold, align(pairs.items), strict=True)
        sentences = [make_sentence(*row) for row in rows]
        matches = match_spans(sentences)
        chosen = np.linspace(0, len(matches) - 1, min(len(matches), MAX_SPANS)).astype(int).tolist()
        corpus = Corpus(name, 1.0, sentences, [matches[number] for number in chosen])
        print(name, direction, len(matches), "spans", flush=True)
        yield corpus
        if (name, src_lang) == ("ote", "en"):
            yield from (replace_links(corpus, pairs, folder, aligner) for aligner in ALIGNERS)


def replace_links(corpus: Corpus, pairs: GoldPairs, folder: Path, aligner: str) -> Corpus:
    """The corpus over the stored links of an aligner."""
    wanted = ("es", "train", aligner)
    stored = next(each for each in list_links(folder) if (each.lang, each.part, each.aligner) == wanted)
    sentences = []
    for sentence, item in zip(corpus.sentences, with_links(pairs.items, stored.links), strict=True):
        n_src, n_tgt = sentence.mass.shape
        posterior = Posterior.from_links(item.alignments[-1].links, n_src=n_src, n_tgt=n_tgt)
        sentences.append(sentence._replace(mass=posterior.mean))
    return replace(corpus, weight=LINKS_WEIGHT, sentences=sentences)


def make_examples(corpus: Corpus, *, use_links: bool) -> Iterator[tuple[str, Example]]:
    """Kind and example of each span, for some also with its target words taken away: an example of "no range".

    Without links only names, and nothing of other sentences.
    """
    memory = CorpusMemory() if use_links else None
    if memory is not None:
        for sentence in corpus.sentences:
            memory.add(sentence.pair.source.words, sentence.pair.target.words)
    for case, weight in list_cases(corpus, use_links=use_links):
        found = describe(case, memory) if use_links or case.kind == "name" else None
        if found is not None:
            yield case.kind, Example(corpus.family, weight, *found)


def list_cases(corpus: Corpus, *, use_links: bool) -> Iterator[tuple[Case, float]]:
    """All cases of a corpus with their weight."""
    for number, match in enumerate(corpus.matches):
        pair, _, _, mass = corpus.sentences[match.number]
        if len(pair.target.tokens) > MAX_SENTENCE_WORDS:
            continue
        given = mass if use_links else np.zeros_like(mass)
        case = Case(pair.source.words, pair.target.words, given, match.tokens, (match.start, match.end))
        yield case, corpus.weight
        if number % NULL_EVERY == 0 and match.end - match.start < len(case.tgt_words):
            yield case.without(match.start, match.end), corpus.weight * NULL_WEIGHT


def describe(case: Case, memory: CorpusMemory | None) -> tuple[Rows, int] | None:
    """The most promising ranges of a span as rows of an `Example`, and the right row; None where gold is no range."""
    longest = PROFILES[case.kind].longest(len(case.tokens), n_tgt_words=len(case.tgt_words))
    start, length = (each.ravel() for each in np.mgrid[: len(case.tgt_words), 1 : longest + 1])
    fits = start + length <= len(case.tgt_words)
    start, end = start[fits], (start + length)[fits]
    view = PairView.make(case.src_words, case.tgt_words, case.mass, [case.tokens])
    known = None
    if memory is not None and len(case.tokens) <= SPELLING_WORDS:
        known = memory.look_up(case.src_words, case.tgt_words).sight(case.tokens, longest=longest + 1)
    batch = SpanBatch([SpanView(view, list(case.tokens), start, end, known)])
    features = describe_ranges(batch)
    able = np.flatnonzero(has_evidence(batch, features))
    dice, spelling, seen = (features[FEATURES.index(name), able] for name in ("dice", "spelling", "seen"))
    kept = able[np.argsort(-(dice + spelling + 0.5 * seen), kind="stable")[:MAX_RANGES]]
    right = 0
    if case.gold is not None:
        here = able[(start[able] == case.gold[0]) & (end[able] == case.gold[1])]
        if not len(here):
            return None
        if here[0] not in kept:
            kept[-1] = here[0]
        right = 1 + int(np.flatnonzero(kept == here[0])[0])
    rows = np.zeros((len(kept) + 1, len(FEATURES) + 1), np.float32)
    rows[1:, :-1] = features[:, kept].T
    rows[0, -1] = 1.0
    return rows, right


def learn(corpora: Sequence[Sequence[Example]], *, is_robust: bool) -> Floats:
    """Weights of the features and of null: maximum likelihood, then for gold with errors a robust loss.

    After the robust loss the weights are multiplied by what makes the data likeliest.
    """
    examples = [example for corpus in corpora if len(corpus) >= MIN_EXAMPLES for example in corpus]
    sizes = Counter(example.family for example in examples)
    share = [each.weight * min(1.0, FAMILY_EXAMPLES / sizes[each.family]) for each in examples]
    weight = torch.tensor(share, dtype=torch.float32)
    right = torch.tensor([example.right for example in examples])[:, None]
    rows, padding, scale = pack(examples)
    found = torch.zeros(rows.shape[2], requires_grad=True)

    def log_likelihood(at: torch.Tensor) -> torch.Tensor:
        utility = (rows @ at).masked_fill(padding, -1e9)
        return utility.gather(1, right)[:, 0] - torch.logsumexp(utility, 1)

    def likelihood_loss(at: torch.Tensor) -> torch.Tensor:
        return -(weight * log_likelihood(at)).sum() + L2_LIKELIHOOD * (at**2).sum() / 2

    def robust_loss(at: torch.Tensor) -> torch.Tensor:
        wrong = (1 - torch.exp(log_likelihood(at) * ROBUST)) / ROBUST
        return (weight * wrong).sum() + L2_ROBUST * (at**2).sum() / 2

    minimise(likelihood_loss, found, n_steps=60)
    if is_robust:
        minimise(robust_loss, found, n_steps=40)
        sharpness = np.arange(0.3, 1.5, 0.05).tolist()
        found = found * max(sharpness, key=lambda by: float((weight * log_likelihood(found.detach() * by)).sum()))
    return found.detach().numpy().astype(np.float64) / scale


def pack(examples: Sequence[Example]) -> tuple[torch.Tensor, torch.Tensor, Floats]:
    """Scaled rows of all examples, which of them are padding, and the scale of each column (standard deviation)."""
    longest = max(len(example.rows) for example in examples)
    rows = np.zeros((len(examples), longest, len(FEATURES) + 1), np.float32)
    padding = np.ones((len(examples), longest), bool)
    for number, example in enumerate(examples):
        rows[number, : len(example.rows)], padding[number, : len(example.rows)] = example.rows, False
    n_rows = (~padding).sum()
    scale = np.sqrt((rows**2).sum((0, 1)) / n_rows - (rows.sum((0, 1)) / n_rows) ** 2) + MIN_SCALE
    return torch.tensor(rows / scale.astype(np.float32)), torch.tensor(padding), scale


def minimise(loss: Loss, at: torch.Tensor, *, n_steps: int) -> None:
    optimiser = torch.optim.LBFGS([at], max_iter=n_steps, line_search_fn="strong_wolfe")

    def step() -> torch.Tensor:
        optimiser.zero_grad()
        value = loss(at)
        value.backward()
        return value

    optimiser.step(step)


def write_table(path: Path, columns: Sequence[Floats]) -> None:
    """The module of the weights with new weights; all before the table stays."""
    head, sign, _ = TABLE.read_text(encoding="utf-8").partition("]] = {\n")
    rows = [
        f'    "{name}": ({", ".join(f"{column[number]:.2f}" for column in columns)}),'.replace("-0.00", "0.00")
        for number, name in enumerate((*FEATURES, "null"))
    ]
    path.write_text(head + sign + "\n".join(rows) + "\n}\n", encoding="utf-8")


def main(folder: Path, left_out: Sequence[str], out: Path) -> None:
    if not TABLE.is_relative_to(ROOT):
        sys.exit(f"This would write into another copy of the library, {TABLE}: set PYTHONPATH={ROOT}.")
    torch.set_num_threads(1)
    found: dict[str, list[list[Example]]] = {kind: [] for kind in weights.KINDS}
    for corpus in read_corpora(folder, left_out):
        examples = list(make_examples(corpus, use_links=True))
        for kind in PROFILES:
            found[kind].append([example for own, example in examples if own == kind])
        if corpus.weight == 1.0:
            found["strings"].append([example for _, example in make_examples(corpus, use_links=False)])
    columns = [learn(found[kind], is_robust=kind != "clause") for kind in weights.KINDS]
    write_table(out, columns)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Learn the weights of scored span transfer.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--leave-out", nargs="+", default=[], metavar="LANG")
    parser.add_argument("--out", type=Path, default=TABLE)
    given = parser.parse_args()
    main(given.folder, given.leave_out, given.out)

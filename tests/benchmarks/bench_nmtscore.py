"""What the likelihood scorer saves against scoring every pair of strings on its own terms.

    python tests/benchmarks/bench_nmtscore.py [--spans 20] [--candidates 10] [--vocabulary 100000]

A model of random weights with a large vocabulary scores the candidates of spans in both directions. Compared are: four
passes for each pair in batches as they come, with all logits (`plain`), and the scorer of the library, which computes
each probability once, sorts, shares encoder runs and cuts the output layer down to the target tokens (`ours`). The
greatest difference of the scores is printed too: it must be that of rounding.
"""

from __future__ import annotations

import argparse
import math
import random
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import torch
from torch.nn.functional import cross_entropy

from projection.neural import LoadedModel, load_model
from projection.transfer.nmtscore import TranslationScorer
from tests.projection.tiny_seq2seq import save_t5

BATCH = 32


def plain_means(loaded: LoadedModel, pairs: Sequence[tuple[str, str]]) -> list[float]:
    """Mean log-probability of each second text given the first."""
    means = []
    for start in range(0, len(pairs), BATCH):
        sources, targets = zip(*pairs[start : start + BATCH], strict=True)
        src = loaded.tokenizer(list(sources), padding=True, return_tensors="pt")
        labels = loaded.tokenizer(list(targets), padding=True, return_tensors="pt")
        wanted = labels["input_ids"].masked_fill(labels["attention_mask"] == 0, -100)
        with torch.inference_mode():
            logits = loaded.model(src["input_ids"], attention_mask=src["attention_mask"], labels=wanted).logits
            losses = cross_entropy(logits.transpose(1, 2), wanted, reduction="none")
        means += (-losses.sum(dim=1) / labels["attention_mask"].sum(dim=1)).tolist()
    return means


def score_plainly(loaded: LoadedModel, pairs: Sequence[tuple[str, str]]) -> list[float]:
    """The direct comparison, from four passes over all pairs."""
    ways = ([(b, a) for a, b in pairs], [(a, a) for a, _ in pairs], list(pairs), [(b, b) for _, b in pairs])
    columns = zip(*(plain_means(loaded, way) for way in ways), strict=True)
    return [
        (math.exp(one - one_self) + math.exp(other - other_self)) / 2 for one, one_self, other, other_self in columns
    ]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--spans", type=int, default=20)
    parser.add_argument("--candidates", type=int, default=10)
    parser.add_argument("--vocabulary", type=int, default=100_000)
    options = parser.parse_args()
    torch.set_num_threads(1)
    choices = random.Random(1)
    words = [f"w{number}" for number in range(options.vocabulary)]

    def phrase() -> str:
        return " ".join(choices.choice(words) for _ in range(choices.choice([1, 1, 2, 2, 3, 8])))

    pairs = [(span, phrase()) for span in [phrase() for _ in range(options.spans)] for _ in range(options.candidates)]
    with tempfile.TemporaryDirectory() as folder:
        loaded = load_model(save_t5(Path(folder), words, n_hidden=256), task="seq2seq", device="cpu")
    start = time.process_time()
    plain = score_plainly(loaded, pairs)
    middle = time.process_time()
    ours = TranslationScorer(lambda: loaded, batch_size=BATCH).score(pairs, src_lang="en", tgt_lang="de")
    end = time.process_time()
    difference = max(abs(one - ours[pair]) for one, pair in zip(plain, pairs, strict=True))
    print(f"{len(pairs)} pairs: plain {middle - start:.2f} CPU s, ours {end - middle:.2f} CPU s")
    print(f"plain / ours {(middle - start) / (end - middle):.1f}, greatest difference {difference:.1e}")


if __name__ == "__main__":
    main()

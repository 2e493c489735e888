"""What sorting by length, cutting layers, batches and eight bits bring to the embedding aligner: ratios within one run.

By hand: `python tests/benchmarks/bench_embedding.py [--pairs 64] [--size 768] [--threads 1]`. The model is a BERT of 12
layers with random weights (speed does not depend on them) and a small vocabulary, the sentences are random. The ONNX
backends are measured where onnx and onnxruntime are installed.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import torch
from transformers import BertConfig, BertModel, BertTokenizer

from projection.align.embedding import MATCHINGS, MatchSettings, SentenceVectors, WordEncoder, align_vectors
from projection.align.encoder import Encoder, load_encoder
from projection.align.onnx import load_onnx_encoder
from projection.align.subwords import WordTokenizer

LAYER = 8
N_WORDS = 500


class InOrder(WordEncoder):
    """Batches in the order of the sentences."""

    def encode(self, sentences: Sequence[Sequence[str]]) -> list[SentenceVectors]:
        size = self._batch_size
        parts = [sentences[start : start + size] for start in range(0, len(sentences), size)]
        return [found for part in parts for found in super(InOrder, self).encode(part)]


def save_model(folder: Path, size: int) -> str:
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *(f"w{number}" for number in range(N_WORDS))]
    BertTokenizer(vocab={word: number for number, word in enumerate(words)}).save_pretrained(folder)
    config = BertConfig(
        vocab_size=len(words), hidden_size=size, intermediate_size=4 * size, num_attention_heads=max(1, size // 64)
    )
    BertModel(config).save_pretrained(folder)
    return str(folder)


def make_sentences(n_pairs: int) -> list[list[str]]:
    """Two for each pair, of 32 words, give or take 12."""
    random = np.random.default_rng(3)
    lengths = np.clip(random.normal(32, 12, size=2 * n_pairs), 4, 120).astype(int)
    return [[f"w{word}" for word in random.integers(0, N_WORDS, size=length)] for length in lengths]


def measure(encoder: WordEncoder, sentences: list[list[str]]) -> tuple[float, float]:
    """Wall and CPU milliseconds for a pair."""
    encoder.load()
    encoder.encode(sentences[:2])
    wall, cpu = time.perf_counter(), time.process_time()
    encoder.encode(sentences)
    n_pairs = len(sentences) / 2
    return 1000 * (time.perf_counter() - wall) / n_pairs, 1000 * (time.process_time() - cpu) / n_pairs


def measure_matching(encoder: WordEncoder, sentences: list[list[str]]) -> None:
    vectors = encoder.encode(sentences)
    for matching in MATCHINGS:
        settings = replace(MatchSettings(), matching=matching)
        start = time.process_time()
        for src, tgt in zip(vectors[0::2], vectors[1::2], strict=True):
            align_vectors(src, tgt, settings)
        print(f"{matching:32} {'':9} {1000 * (time.process_time() - start) / (len(vectors) / 2):8.2f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=64)
    parser.add_argument("--size", type=int, default=768)
    parser.add_argument("--threads", type=int, default=0, help="of torch; 0 leaves its own choice")
    args = parser.parse_args()
    if args.threads:
        torch.set_num_threads(args.threads)
    sentences = make_sentences(args.pairs)
    with tempfile.TemporaryDirectory() as folder:
        model, cache = save_model(Path(folder) / "model", args.size), Path(folder) / "cache"
        cut = load_encoder(model, layer=LAYER, device="cpu")
        n_subwords = sum(len(each.ids) for each in WordTokenizer(cut.tokenizer).split_many(sentences))
        print(f"{args.pairs} pairs, {n_subwords / len(sentences):.1f} subwords a side; matching alone, CPU ms:")
        measure_matching(WordEncoder(lambda: cut), sentences)
        cases: list[tuple[str, Callable[[], WordEncoder]]] = [
            (f"{LAYER} layers, sorted, batch 32", lambda: WordEncoder(lambda: cut)),
            (f"{LAYER} layers, unsorted, batch 32", lambda: InOrder(lambda: cut)),
            (f"{LAYER} layers, batch 1", lambda: WordEncoder(lambda: cut, batch_size=1)),
            ("12 layers, sorted, batch 32", lambda: WordEncoder(lambda: load_encoder(model, layer=12, device="cpu"))),
        ]
        if find_spec("onnxruntime") and find_spec("onnx"):
            for precision in ("float32", "int8"):
                encoder: Encoder = load_onnx_encoder(model, layer=LAYER, precision=precision, cache=cache)
                cases.append(
                    (f"{LAYER} layers, ONNX {precision}", lambda encoder=encoder: WordEncoder(lambda: encoder))
                )
        print(f"{'':32} {'wall ms':>9} {'CPU ms':>8} {'ratio':>6}   (of a pair; ratio of CPU times to the first line)")
        base = 0.0
        for name, make in cases:
            wall, cpu = measure(make(), sentences)
            base = base or cpu
            print(f"{name:32} {wall:9.1f} {cpu:8.1f} {cpu / base:6.2f}", flush=True)


if __name__ == "__main__":
    main()

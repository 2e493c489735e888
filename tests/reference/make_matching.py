"""Reference links of SimAlign 0.4 and AWESOME-align 0.1.7 on random similarities of our own.

Writes `tests/projection/align/matching_reference.json`, which the tests compare with. To make it again, in an
environment of its own with torch, transformers and scikit-learn:

    pip install --no-deps simalign==0.4 awesome-align==0.1.7
    pip install networkx boto3 requests tqdm
    python tests/reference/make_matching.py
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import torch
from awesome_align.configuration_bert import BertConfig
from awesome_align.modeling import BertGuideHead
from simalign.simalign import SentenceAligner

SHAPES = [(1, 1), (2, 5), (3, 3), (5, 4), (8, 9), (9, 4), (12, 12)]
TARGET = Path(__file__).parent.parent / "projection" / "align" / "matching_reference.json"


def list_links(cells: np.ndarray) -> list[list[int]]:
    return np.argwhere(cells > 0).tolist()


def match_awesome(src: np.ndarray, tgt: np.ndarray) -> list[list[int]]:
    """Links of the head of AWESOME; it masks the special tokens, which stand at both ends."""
    cls, sep, token = 101, 102, 7

    def padded(vectors: np.ndarray) -> torch.Tensor:
        return torch.from_numpy(np.pad(vectors, ((1, 1), (0, 0)), constant_values=3.0))[None]

    def ids(vectors: np.ndarray) -> torch.Tensor:
        return torch.tensor([[cls, *[token] * len(vectors), sep]])

    head = BertGuideHead(BertConfig())
    found = head(padded(src), padded(tgt), ids(src), ids(tgt), extraction="softmax", softmax_threshold=1e-3)
    return list_links(found[0, 0, 1:-1, 1:-1].numpy())


def main() -> None:
    random = np.random.default_rng(11)
    cases = []
    for n_src, n_tgt in SHAPES:
        src, tgt = (random.normal(0, 1.2, size=(n, 6)).round(3).astype(np.float32) for n in (n_src, n_tgt))
        similarity = SentenceAligner.get_similarity(src, tgt)
        forward, reverse = SentenceAligner.get_alignment_matrix(similarity)
        cases.append(
            {
                "src": src.astype(float).round(3).tolist(),
                "tgt": tgt.astype(float).round(3).tolist(),
                "argmax": list_links(forward * reverse),
                "itermax": {n: list_links(SentenceAligner.iter_max(similarity, max_count=n)) for n in (2, 3, 4)},
                "softmax": match_awesome(src, tgt),
            }
        )
    made_by = {"simalign": "0.4", "awesome-align": "0.1.7"}
    TARGET.write_text(json.dumps({"made_by": made_by, "cases": cases}, separators=(",", ":")) + "\n", "utf-8")


if __name__ == "__main__":
    main()

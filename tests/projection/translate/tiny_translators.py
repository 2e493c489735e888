"""Tiny translation models of each family, trained in seconds on a few sentences and stored with `save_pretrained`."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import sentencepiece
import torch
from transformers import (
    M2M100Config,
    M2M100ForConditionalGeneration,
    M2M100Tokenizer,
    MarianConfig,
    MarianMTModel,
    MarianTokenizer,
    NllbTokenizer,
    T5Config,
    T5ForConditionalGeneration,
    T5Tokenizer,
)

# English, German, French.
PAIRS = (
    ("a cat !", "eine katze !", "un chat !"),
    ("the dog !", "der hund !", "le chien !"),
    ("we see [1]ada[/1] !", "wir sehen [1]ada[/1] !", "on voit [1]ada[/1] !"),
)
N_POSITIONS = 40
_WORDS = sorted({word for row in PAIRS for sentence in row for word in sentence.split()})
_SHAPE = {"d_model": 32, "encoder_ffn_dim": 32, "decoder_ffn_dim": 32, "encoder_layers": 1, "decoder_layers": 1}
_QUIET = {"dropout": 0.0, "attention_dropout": 0.0, "activation_dropout": 0.0}
_HEADS = {"encoder_attention_heads": 2, "decoder_attention_heads": 2}
_BART = {**_SHAPE, **_QUIET, **_HEADS, "max_position_embeddings": N_POSITIONS}
_NO_DROP = {"encoder_layerdrop": 0.0, "decoder_layerdrop": 0.0}


def save_nllb(folder: Path) -> str:
    """An NLLB model of three languages with a vocabulary of letters."""
    letters = sorted({letter for word in _WORDS for letter in word})
    vocabulary = {name: number for number, name in enumerate(["<s>", "<pad>", "</s>", "<unk>", "▁", *letters])}
    codes = ["eng_Latn", "deu_Latn", "fra_Latn"]
    tokenizer = NllbTokenizer(vocab=vocabulary, merges=[], extra_special_tokens=codes)
    config = M2M100Config(vocab_size=len(tokenizer), **_BART, **_NO_DROP)
    sources, targets = [], []
    tokenizer.src_lang = "eng_Latn"
    for number, code in enumerate(codes[1:], start=1):
        tokenizer.tgt_lang = code
        sources += tokenizer([row[0] for row in PAIRS])["input_ids"]
        targets += tokenizer(text_target=[row[number] for row in PAIRS])["input_ids"]
    return _train(folder, lambda: M2M100ForConditionalGeneration(config), tokenizer, sources, targets, n_given=1)


def save_m2m100(folder: Path) -> str:
    """An M2M100 model with a SentencePiece vocabulary of letters."""
    folder.mkdir(parents=True, exist_ok=True)
    pieces = _train_pieces(folder / "source.model")
    names = ["<s>", "<pad>", "</s>", "<unk>", *pieces]
    (folder / "source.json").write_text(json.dumps({name: number for number, name in enumerate(names)}))
    tokenizer = M2M100Tokenizer(str(folder / "source.json"), str(folder / "source.model"))
    n_words = max(tokenizer.lang_code_to_id.values()) + 9
    config = M2M100Config(vocab_size=n_words, **_BART, **_NO_DROP)
    sources, targets = [], []
    tokenizer.src_lang = "en"
    for number, code in enumerate(("de", "fr"), start=1):
        tokenizer.tgt_lang = code
        sources += tokenizer([row[0] for row in PAIRS])["input_ids"]
        targets += tokenizer(text_target=[row[number] for row in PAIRS])["input_ids"]
    return _train(folder, lambda: M2M100ForConditionalGeneration(config), tokenizer, sources, targets, n_given=1)


def save_marian(folder: Path, *, codes: Sequence[str] = ()) -> str:
    """A Marian model into German, or with codes (`>>deu<<`) into German and French."""
    folder.mkdir(parents=True, exist_ok=True)
    names = ["</s>", "<unk>", *_train_pieces(folder / "made.spm"), *codes, "<pad>"]
    (folder / "made.json").write_text(json.dumps({name: number for number, name in enumerate(names)}))
    tokenizer = MarianTokenizer(str(folder / "made.spm"), str(folder / "made.spm"), str(folder / "made.json"))
    pad = len(names) - 1
    config = MarianConfig(
        vocab_size=len(names),
        pad_token_id=pad,
        eos_token_id=0,
        forced_eos_token_id=0,
        decoder_start_token_id=pad,
        **_BART,
    )
    sources, targets = [], []
    for number, code in enumerate(codes or ("",), start=1):
        sources += tokenizer([f"{code} {row[0]}".strip() for row in PAIRS])["input_ids"]
        targets += tokenizer(text_target=[row[number] for row in PAIRS])["input_ids"]
    return _train(folder, lambda: MarianMTModel(config), tokenizer, sources, targets)


def save_t5(folder: Path, *, prefix: str) -> str:
    """A T5 model into German and French, told which by a prefix with `{tgt_name}`."""
    letters = sorted({letter for word in (*_WORDS, *f"{prefix} German French English") for letter in word})
    scores = [(name, -2.0) for name in ("▁", *letters)]
    tokenizer = T5Tokenizer(vocab=[("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0), *scores], extra_ids=0)
    config = T5Config(
        vocab_size=len(tokenizer), d_model=32, d_kv=16, d_ff=32, num_layers=1, num_heads=2, dropout_rate=0.0,
        decoder_start_token_id=0,
    )  # fmt: skip
    sources, targets = [], []
    for number, name in enumerate(("German", "French"), start=1):
        sources += tokenizer([prefix.format(src_name="English", tgt_name=name) + row[0] for row in PAIRS])["input_ids"]
        targets += tokenizer([row[number] for row in PAIRS])["input_ids"]
    return _train(folder, lambda: T5ForConditionalGeneration(config), tokenizer, sources, targets)


def _train_pieces(path: Path) -> list[str]:
    trained = io.BytesIO()
    sentences = [sentence for row in PAIRS for sentence in row] * 3
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(sentences), model_writer=trained, model_type="char", vocab_size=200,
        hard_vocab_limit=False, minloglevel=2,
    )  # fmt: skip
    path.write_bytes(trained.getvalue())
    found = sentencepiece.SentencePieceProcessor(model_proto=trained.getvalue())
    return [piece for piece in map(found.id_to_piece, range(len(found))) if not piece.startswith("<")]


def _train(
    folder: Path,
    make: Callable[[], Any],
    tokenizer: Any,
    sources: list[list[int]],
    targets: list[list[int]],
    *,
    n_given: int = 0,
) -> str:
    """Train until every token is known by heart, but for the first `n_given`, which are given when it translates.

    Whether a beginning leads there depends on the processor, so there are several.
    """
    torch.set_num_threads(1)
    ids, labels = _padded(sources, tokenizer.pad_token_id), _padded(targets, -100)
    given = {"input_ids": ids, "attention_mask": (ids != tokenizer.pad_token_id).long(), "labels": labels}
    is_asked = labels != -100
    is_asked[:, :n_given] = False
    for seed in range(1, 9):
        torch.manual_seed(seed)
        model = make()
        if _learn(model, given, is_asked) > 0.9:
            break
    else:
        raise AssertionError("no beginning led to a model that knows its sentences")
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return str(folder)


def _learn(model: Any, given: dict[str, torch.Tensor], is_asked: torch.Tensor) -> float:
    """Train; returns the least probability of a token that is asked about."""
    optimiser = torch.optim.Adam(model.parameters(), lr=0.01)
    model.train()
    least = 0.0
    for _ in range(400):
        found = model(**given)
        known = found.logits.detach().softmax(-1).gather(-1, given["labels"].clamp(min=0)[..., None])[..., 0]
        least = float(known[is_asked].min())
        if least > 0.97:
            break
        found.loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        optimiser.zero_grad()
    return least


def _padded(rows: list[list[int]], pad: int) -> torch.Tensor:
    longest = max(map(len, rows))
    return torch.tensor([[*row, *[pad] * (longest - len(row))] for row in rows])

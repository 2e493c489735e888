"""Tiny sequence-to-sequence models with tokenizers of their own, made offline and stored with `save_pretrained`."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from pathlib import Path

import sentencepiece
import torch
from tokenizers import Tokenizer, models, pre_tokenizers, processors
from transformers import (
    M2M100Config,
    M2M100ForConditionalGeneration,
    M2M100Tokenizer,
    PreTrainedTokenizerFast,
    T5Config,
    T5ForConditionalGeneration,
)

SENTENCES = (
    "the old mill stands by the river",
    "ona widziała stary młyn nad rzeką",
    "Ada Lovelace wrote to Charles Babbage",
    "London is far from the sea",
    "młyn stoi nad rzeką w Londynie",
)


def save_t5(folder: Path, words: Sequence[str], *, n_layers: int = 2, n_hidden: int = 32, seed: int = 1) -> str:
    """A T5 of random weights whose tokens are whole words; returns its folder."""
    vocabulary = {word: number for number, word in enumerate(["<pad>", "</s>", "<unk>", *dict.fromkeys(words)])}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    tokenizer.post_processor = processors.TemplateProcessing("$A </s>", special_tokens=[("</s>", 1)])
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token="<pad>", eos_token="</s>", unk_token="<unk>", model_max_length=512
    )
    fast.save_pretrained(folder)
    torch.manual_seed(seed)
    config = T5Config(
        vocab_size=len(vocabulary),
        d_model=n_hidden,
        d_kv=n_hidden // 2,
        d_ff=2 * n_hidden,
        num_layers=n_layers,
        num_heads=2,
        dropout_rate=0.0,
        decoder_start_token_id=0,
        pad_token_id=0,
        eos_token_id=1,
    )
    T5ForConditionalGeneration(config).save_pretrained(folder)
    return str(folder)


def save_m2m100(folder: Path, *, n_positions: int = 64, seed: int = 1) -> str:
    """An M2M100 of random weights with a SentencePiece vocabulary and all its languages; returns its folder."""
    folder.mkdir(parents=True, exist_ok=True)
    trained = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(SENTENCES), model_writer=trained, vocab_size=60, hard_vocab_limit=False, minloglevel=2
    )
    (folder / "source.model").write_bytes(trained.getvalue())
    pieces = sentencepiece.SentencePieceProcessor(model_proto=trained.getvalue())
    known = [piece for piece in map(pieces.id_to_piece, range(len(pieces))) if not piece.startswith("<")]
    names = ["<s>", "<pad>", "</s>", "<unk>", *known]
    (folder / "source.json").write_text(json.dumps({name: number for number, name in enumerate(names)}))
    tokenizer = M2M100Tokenizer(vocab_file=str(folder / "source.json"), spm_file=str(folder / "source.model"))
    tokenizer.save_pretrained(folder)
    torch.manual_seed(seed)
    config = M2M100Config(
        vocab_size=max(tokenizer.lang_code_to_id.values()) + 9,
        d_model=16,
        encoder_layers=2,
        decoder_layers=2,
        encoder_attention_heads=2,
        decoder_attention_heads=2,
        encoder_ffn_dim=32,
        decoder_ffn_dim=32,
        max_position_embeddings=n_positions,
        init_std=0.5,
        encoder_layerdrop=0.0,
        decoder_layerdrop=0.0,
        dropout=0.0,
    )
    M2M100ForConditionalGeneration(config).save_pretrained(folder)
    return str(folder)

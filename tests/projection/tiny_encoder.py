"""Tiny encoders with tokenizers of their own, made offline and stored with `save_pretrained`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import torch
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
from transformers import (
    BertConfig,
    BertModel,
    BertTokenizer,
    MT5Config,
    MT5Model,
    PreTrainedTokenizerFast,
    XLMRobertaConfig,
    XLMRobertaModel,
)

LETTERS = "abcdefghijklmnopqrstuvwxyzäöüß"
SHAPE = {"hidden_size": 16, "num_hidden_layers": 3, "num_attention_heads": 2, "intermediate_size": 32}


def save_bert(
    folder: Path, words: Sequence[str] = (), *, n_positions: int = 64, n_layers: int = 3, spread: float = 0.5
) -> str:
    """A BERT of random weights; words outside its vocabulary fall into letters, other signs become [UNK].

    `spread` is the deviation of the weights.
    """
    tokenizer = _save_word_pieces(folder, words)
    torch.manual_seed(5)
    config = BertConfig(
        vocab_size=len(tokenizer),
        max_position_embeddings=n_positions,
        initializer_range=spread,
        **SHAPE | {"num_hidden_layers": n_layers},
    )
    BertModel(config).save_pretrained(folder)
    return str(folder)


def save_bilingual_bert(folder: Path, translations: Mapping[str, str], *, n_positions: int = 64) -> str:
    """A BERT of two layers that gives words and their translations the same vector, whatever stands around them."""
    words = [word for pair in translations.items() for word in pair]
    tokenizer = _save_word_pieces(folder, words)
    torch.manual_seed(7)
    config = BertConfig(
        vocab_size=len(tokenizer), max_position_embeddings=n_positions, **SHAPE | {"num_hidden_layers": 2}
    )
    model = BertModel(config)
    with torch.no_grad():
        for layer in model.encoder.layer:
            for dense in (layer.attention.output.dense, layer.output.dense):
                dense.weight.zero_()
                dense.bias.zero_()
        model.embeddings.position_embeddings.weight.zero_()
        model.embeddings.word_embeddings.weight.normal_()
        vectors = model.embeddings.word_embeddings.weight
        for src, tgt in translations.items():
            src_id, tgt_id = tokenizer.convert_tokens_to_ids([src, tgt])
            vectors[tgt_id] = vectors[src_id]
    model.save_pretrained(folder)
    return str(folder)


def _save_word_pieces(folder: Path, words: Sequence[str]) -> BertTokenizer:
    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *LETTERS, *(f"##{letter}" for letter in LETTERS)]
    vocabulary = {piece: number for number, piece in enumerate(dict.fromkeys([*pieces, ".", ",", *words]))}
    tokenizer = BertTokenizer(vocab=vocabulary, do_lower_case=False, strip_accents=False)
    tokenizer.save_pretrained(folder)
    return tokenizer


def save_xlmr(folder: Path, *, n_positions: int = 40) -> str:
    """An XLM-R of random weights whose positions begin after the padding index; its subwords are letters."""
    pieces = [("<s>", 0.0), ("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0), ("▁", -2.0)]
    pieces += [(letter, -3.0) for letter in LETTERS] + [(f"▁{letter}", -3.0) for letter in LETTERS]
    tokenizer = Tokenizer(models.Unigram(pieces, unk_id=3))
    tokenizer.normalizer = normalizers.NFKC()
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    _save_fast(tokenizer, folder)
    torch.manual_seed(6)
    config = XLMRobertaConfig(
        vocab_size=len(pieces), max_position_embeddings=n_positions, pad_token_id=1, initializer_range=0.5, **SHAPE
    )
    XLMRobertaModel(config).save_pretrained(folder)
    return str(folder)


def save_mt5(folder: Path) -> str:
    """An mT5 of random weights over letters; its encoder has three layers."""
    pieces = ["<s>", "<pad>", "</s>", "<unk>", *LETTERS]
    tokenizer = Tokenizer(models.WordLevel({piece: number for number, piece in enumerate(pieces)}, unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Split("", behavior="isolated")]
    )
    _save_fast(tokenizer, folder)
    torch.manual_seed(8)
    config = MT5Config(
        vocab_size=len(pieces), d_model=16, d_kv=8, d_ff=32, num_layers=3, num_decoder_layers=1, num_heads=2
    )
    MT5Model(config).save_pretrained(folder)
    return str(folder)


def _save_fast(tokenizer: Tokenizer, folder: Path) -> None:
    tokenizer.post_processor = processors.TemplateProcessing("<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 2)])
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, bos_token="<s>", pad_token="<pad>", eos_token="</s>", unk_token="<unk>"
    )
    fast.save_pretrained(folder)

"""Translation by sequence-to-sequence models of transformers: NLLB, M2M100, Marian, and T5 with a prefix."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from math import ceil, exp
from string import Formatter
from typing import NamedTuple

from projection.errors import EngineError, Problem
from projection.neural import LoadedModel, load_model
from projection.neural.languages import forced_ids, is_prefixed, language_codes, tokenize_sources
from projection.neural.scoring import longest_input, score_ids
from projection.text import language_name
from projection.translate.base import Identity, NonBlank, Translation
from projection.translate.fingerprint import fingerprint_model, installed_version
from projection.translate.pieces import Piece, join_pieces, split_text

_RELATIVE_LIMIT = 512
_SPARE_TOKENS = 16
_NO_LIMIT = 100_000
_IRRELEVANT = ("model", "family", "batch_size")


@dataclass(frozen=True, slots=True)
class Seq2seqSettings:
    """How a model translates.

    Attributes:
        model: its folder, or hub id.
        family: `nllb`, `m2m100`, `marian` or `t5`, to be held against what the model is; "" takes any.
        prefix: for T5: what stands before each text; `{src_lang}`, `{tgt_lang}`, `{src_name}`, `{tgt_name}` stand for
            the codes and the English names of the languages.
        beams: hypotheses kept at each step; 1 is greedy.
        batch_size: pieces translated at once.
        max_tokens: longest input; 0 for the model's own limit.
        max_ratio: most output tokens for one input token.
        every_sentence: translate sentence by sentence, also where several would fit.
        with_scores: compute scores (one more pass over each translation).
    """

    model: str
    family: str = ""
    prefix: str = ""
    beams: int = 4
    batch_size: int = 16
    max_tokens: int = 0
    max_ratio: float = 3.0
    every_sentence: bool = False
    with_scores: bool = False


class _Generated(NamedTuple):
    """Token ids of a translation behind the start token, and whether they end too early."""

    ids: tuple[int, ...]
    is_cut: bool


class Seq2seqTranslator(NonBlank):
    """A model that is loaded when the first text is translated.

    Texts with more tokens than the model takes are cut at the ends of sentences, translated in pieces and joined;
    pieces go through the model in batches of alike lengths. Nothing is sampled: the same input gives the same output.
    """

    def __init__(self, settings: Seq2seqSettings, *, device: str = "auto") -> None:
        self._settings = settings
        self._device = device
        self._loaded: LoadedModel | None = None
        self._content = ""

    @property
    def identity(self) -> Identity:
        """Settings, versions, and the content of the model instead of its name."""
        self._content = self._content or fingerprint_model(self._settings.model)
        how = {name: value for name, value in asdict(self._settings).items() if name not in _IRRELEVANT}
        versions = {name: installed_version(name) for name in ("transformers", "torch")}
        return {"kind": "seq2seq", "model": self._content, "settings": how, "versions": versions}

    def _translate(self, texts: Sequence[str], *, src_lang: str, tgt_lang: str) -> list[Translation]:
        """Translate with problems `translation-cut`, `text-too-long`, `split-inside-sentence`, `empty-translation`.

        Raises:
            EngineError: `bad-model`, `wrong-model`, `unknown-language`.
        """
        loaded = self._load()
        encode = _encoder(loaded, self._settings, src_lang=src_lang, tgt_lang=tgt_lang)
        limit = self._limit(loaded)
        pieces = [self._split(text, src_lang, lambda part: len(encode([part])[0]) <= limit) for text in texts]
        inputs = encode([piece.text for group in pieces for piece in group])
        found = self._generate_all(loaded, inputs, limit, forced_ids(loaded.tokenizer, tgt_lang))
        scores = self._score_all(loaded, inputs, found, len(forced_ids(loaded.tokenizer, tgt_lang)))
        rest = iter(zip(found, scores, strict=True))
        return [self._join(loaded, group, [next(rest) for _ in group], tgt_lang) for group in pieces]

    def _load(self) -> LoadedModel:
        if self._loaded is None:
            loaded = load_model(self._settings.model, task="seq2seq", device=self._device)
            _check_family(loaded, self._settings.family)
            self._loaded = loaded
        return self._loaded

    def _limit(self, loaded: LoadedModel) -> int:
        limits = (self._settings.max_tokens, longest_input(loaded), loaded.tokenizer.model_max_length)
        return min((limit for limit in limits if limit and limit < _NO_LIMIT), default=_RELATIVE_LIMIT)

    def _split(self, text: str, lang: str, fits: Callable[[str], bool]) -> list[Piece]:
        return split_text(text, lang=lang, fits=fits, every_sentence=self._settings.every_sentence)

    def _generate_all(
        self, loaded: LoadedModel, inputs: Sequence[Sequence[int]], limit: int, forced: Sequence[int]
    ) -> list[_Generated | None]:
        """Translations of token ids in their order, None for an input that is too long."""
        fitting = [number for number, ids in enumerate(inputs) if len(ids) <= limit]
        order = sorted(fitting, key=lambda number: (len(inputs[number]), number))
        found: list[_Generated | None] = [None] * len(inputs)
        for start in range(0, len(order), self._settings.batch_size):
            batch = order[start : start + self._settings.batch_size]
            longest = len(inputs[batch[-1]])
            room = min(limit, ceil(self._settings.max_ratio * longest) + _SPARE_TOKENS) - 1
            generated = _generate(loaded, [inputs[number] for number in batch], self._settings.beams, room, forced)
            for number, each in zip(batch, generated, strict=True):
                found[number] = each
        return found

    def _score_all(
        self,
        loaded: LoadedModel,
        inputs: Sequence[Sequence[int]],
        found: Sequence[_Generated | None],
        n_forced: int,
    ) -> list[float | None]:
        """Logarithm of the mean probability of a token of each translation; None without scores."""
        scores: list[float | None] = [None] * len(found)
        known = [(number, each.ids) for number, each in enumerate(found) if each and len(each.ids) > n_forced]
        if not self._settings.with_scores or not known:
            return scores
        sources = [inputs[number] for number, _ in known]
        targets = score_ids(
            loaded, sources, [ids for _, ids in known], n_forced=n_forced, batch_size=self._settings.batch_size
        )
        for (number, _), target in zip(known, targets, strict=True):
            scores[number] = target.mean
        return scores

    def _join(
        self,
        loaded: LoadedModel,
        pieces: Sequence[Piece],
        found: Sequence[tuple[_Generated | None, float | None]],
        tgt_lang: str,
    ) -> Translation:
        """One translation of its pieces; its score is their mean over all tokens, each counting alike."""
        limit = self._limit(loaded)
        problem = _find_problem(pieces, [generated for generated, _ in found], limit)
        if any(generated is None for generated, _ in found):
            return Translation("", None, problem)
        parts = [(generated.ids, score) for generated, score in found if generated is not None]
        # Tokenizers of M2M100 do not take their language tokens for special.
        n_forced = len(forced_ids(loaded.tokenizer, tgt_lang))
        texts = [loaded.tokenizer.decode(ids[n_forced:], skip_special_tokens=True).strip() for ids, _ in parts]
        text = join_pieces(pieces, texts, tgt_lang=tgt_lang)
        known = [(len(ids), score) for ids, score in parts if score is not None]
        score = exp(sum(n * each for n, each in known) / sum(n for n, _ in known)) if known else None
        if not text.strip():
            problem = Problem("empty-translation", "The model gave no text.", "Translate it another way.")
            return Translation("", None, problem)
        return Translation(text, score, problem)


def _check_family(loaded: LoadedModel, family: str) -> None:
    """Refuse a model of another family than the one that was named.

    Raises:
        EngineError: `wrong-model`.
    """
    kind = loaded.model.config.model_type
    codes = language_codes(loaded.tokenizer)
    found = {"m2m_100": "nllb" if any("_" in code for code in codes) else "m2m100", "marian": "marian"}.get(kind, kind)
    if family not in found:
        fault = f"{loaded.name} is a model of the kind {found}, not {family}."
        raise EngineError(Problem("wrong-model", fault, "Name the kind that it is, or another model."))


def _encoder(
    loaded: LoadedModel, settings: Seq2seqSettings, *, src_lang: str, tgt_lang: str
) -> Callable[[list[str]], list[list[int]]]:
    """What turns texts into token ids with language codes or prefix.

    Raises:
        EngineError: `unknown-language`, also where a T5 prefix is wanted for a language without a name.
    """
    prefix = _fill(settings.prefix, _Names(src_lang, tgt_lang))

    def encode(texts: list[str]) -> list[list[int]]:
        marked = [prefix + text for text in texts]
        return tokenize_sources(loaded.tokenizer, marked, src_lang=src_lang, tgt_lang=tgt_lang)

    if not is_prefixed(loaded.tokenizer):
        forced_ids(loaded.tokenizer, tgt_lang)
    encode(["."])
    return encode


def _fill(prefix: str, names: _Names) -> str:
    """The prefix with its places filled; they take no format, so that none can ask for gigabytes of padding."""
    try:
        parts = list(Formatter().parse(prefix))
    except ValueError as err:
        raise EngineError(Problem("bad-prefix", f"The prefix {prefix!r} is broken ({err}).", names.remedy)) from err
    filled = ""
    for text, name, how, conversion in parts:
        if how or conversion:
            raise EngineError(Problem("bad-prefix", f"The place {{{name}}} of the prefix has a format.", names.remedy))
        filled += text if name is None else text + names[name]
    return filled


class _Names(dict[str, str]):
    """What the places in a prefix stand for."""

    def __init__(self, src_lang: str, tgt_lang: str) -> None:
        super().__init__(src_lang=src_lang, tgt_lang=tgt_lang)
        self |= {"src_name": language_name(src_lang), "tgt_name": language_name(tgt_lang)}

    @property
    def remedy(self) -> str:
        return f"Known places: {', '.join(f'{{{name}}}' for name in self)}."

    def __missing__(self, name: str) -> str:
        raise EngineError(Problem("bad-prefix", f"The prefix has an unknown place {{{name}}}.", self.remedy))


def _generate(
    loaded: LoadedModel, inputs: Sequence[Sequence[int]], beams: int, room: int, forced: Sequence[int]
) -> list[_Generated]:
    """Beam search for a batch; `room` is the most tokens of a translation, a forced language token included."""
    import torch  # noqa: PLC0415

    pad = loaded.tokenizer.pad_token_id or 0
    longest = max(map(len, inputs))
    ids = torch.tensor([[*row, *[pad] * (longest - len(row))] for row in inputs], device=loaded.device)
    mask = torch.tensor([[1] * len(row) + [0] * (longest - len(row)) for row in inputs], device=loaded.device)
    with torch.inference_mode():
        made = loaded.model.generate(
            input_ids=ids,
            attention_mask=mask,
            num_beams=beams,
            do_sample=False,
            max_new_tokens=room,
            forced_bos_token_id=forced[0] if forced else None,
            # Else a model that never ends would seem to end where it is stopped.
            forced_eos_token_id=None,
        )
    return [_cut_at_end(row, _end_ids(loaded)) for row in made[:, 1:].tolist()]


def _end_ids(loaded: LoadedModel) -> set[int]:
    ends = loaded.model.generation_config.eos_token_id
    return set(ends) if isinstance(ends, list) else {ends}


def _cut_at_end(row: Sequence[int], ends: set[int]) -> _Generated:
    end = next((number for number, each in enumerate(row) if each in ends), None)
    return _Generated(tuple(row), True) if end is None else _Generated(tuple(row[: end + 1]), False)


def _find_problem(pieces: Sequence[Piece], found: Sequence[_Generated | None], limit: int) -> Problem | None:
    """The worst thing that happened to the pieces of a text."""
    for piece, generated in zip(pieces, found, strict=True):
        if generated is None:
            fault = f"The word {piece.text[:40]!r} alone has more than {limit} tokens, the most that the model takes."
            return Problem("text-too-long", fault, "Shorten it.")
    if any(generated is not None and generated.is_cut for generated in found):
        fault = "The model was stopped before it came to an end."
        return Problem("translation-cut", fault, "Check the end of the translation, or allow a larger ratio.")
    if any(piece.is_forced for piece in pieces):
        fault = f"A sentence has more than {limit} tokens and was translated in parts."
        return Problem("split-inside-sentence", fault, "Check the translation where the parts meet.")
    return None

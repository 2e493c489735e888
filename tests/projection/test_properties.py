"""Ten thousand random texts over more than twenty scripts: what must hold for every text."""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import pairwise

import pytest
import regex

from projection.errors import OffsetError
from projection.formats import (
    read_conll,
    read_jsonl,
    read_pharaoh,
    read_plain,
    read_tsv,
    write_conll,
    write_jsonl,
    write_pharaoh,
    write_plain,
    write_tsv,
)
from projection.tagging import TokenSpan, read_tags, write_tags
from projection.text import (
    Utf16Map,
    check_span,
    grapheme_boundaries,
    is_grapheme_boundary,
    join_tokens,
    tokenize,
    tokens_of_interval,
    trim_interval,
)
from projection.types import Alignment, Candidate, Interval, Item, Link, Segment, Span

N_TEXTS = 10_000

SCRIPTS = {
    "en": "ABCxyz 019 isn't Newton'un l’eau .,;!? #@",
    "de": "äöüÄÖÜß Straße",
    "tr": "ıİğşç Istanbul'da",
    "vi": "ạẫộữ tiếng Việt a\u0302\u0301",
    "el": "αβγ Ελλάδα ά",
    "ru": "абв Москва ё и\u0306",
    "ka": "ქართული ენა",
    "hy": "Հայաստան և",
    "he": 'עברית שָׁלוֹם צה"ל',
    "ar": "العربية كِتَابٌ لِلّٰهِ \u0600١٢",
    "fa": "می\u200cخواهم کتاب",
    "ur": "اُردو زبان",
    "hi": "हिन्दी क्षत्रिय नमस्ते स्त्री",
    "bn": "বাংলা ক্ষ র্\u200dয",
    "ta": "தமிழ் கொ நி",
    "te": "తెలుగు క్ష్మ",
    "ml": "മലയാളം ക്\u200dഷ",
    "si": "සිංහල ක්‍ෂ",
    "th": "ภาษาไทยน้ำกำลัง",
    "lo": "ພາສາລາວນ້ຳ",
    "km": "ភាសាខ្មែរស្ត្រី",
    "my": "မြန်မာဘာသာ ကျွန်ုပ်",
    "bo": "བོད་སྐད་",
    "am": "አማርኛ ፡",
    "zh": "我爱北京天安门，。𠀀𠀁𪚥",
    "ja": "日本語カタカナひらがなか\u3099ー",
    "ko": "한국어 \u1112\u1161\u11ab\u1100\u1161 ᄀ",
    "chr": "ᏣᎳᎩ",
    "mn": "ᠮᠣᠩᠭᠣᠯ",
    "ff": "𞤆𞤵𞤤𞤢𞤪",
}
SPECIAL = [
    "👨\u200d👩\u200d👧\u200d👦", "👍🏽", "🏴\U000e0067\U000e0062\U000e007f", "🇩🇪", "🇫", "❤\ufe0f", "1\ufe0f\u20e3",
    "\u200d", "\r\n", "\n", "\r", "\t", " ", "  ", "\u00a0", "\u3000", "\u2028", "\u0085", "\u200b", "\u200e",
    "\u200f", "\u202e", "\u2066", "\ufeff", "\u0301", "\u0308\u0323", "\u0e33", "\u093e", "\U0001d165", "'", "’", '"',
    "#", "-", "|", "\\", "\u0600", "\U000110bd", "\u1160", "\ufffd", "\U0010ffff", "\x01", "\x1c",
]  # fmt: skip


def random_text(rng: random.Random) -> tuple[str, str]:
    lang = rng.choice(list(SCRIPTS))
    letters = SCRIPTS[lang] + SCRIPTS[rng.choice(list(SCRIPTS))]
    pieces = []
    for _ in range(rng.randrange(13)):
        start = rng.randrange(len(letters))
        pieces.append(rng.choice([letters[start : start + rng.randint(1, 6)], rng.choice(SPECIAL), " "]))
    return "".join(pieces), lang


def random_texts(seed: int) -> Iterator[tuple[random.Random, str, str]]:
    rng = random.Random(seed)
    for _ in range(N_TEXTS):
        yield rng, *random_text(rng)


def random_interval(rng: random.Random, text: str) -> Interval | None:
    boundaries = grapheme_boundaries(text)
    if len(boundaries) < 2:
        return None
    start, end = sorted(rng.sample(boundaries, 2))
    return Interval(start, end)


def test_the_texts_cover_the_scripts_and_the_hard_cases() -> None:
    texts = [text for _, text, _ in random_texts(1)]
    joined = "".join(texts)
    scripts = {name for name in SCRIPTS if any(letter in joined for letter in SCRIPTS[name] if letter.isalpha())}
    assert len(scripts) == len(SCRIPTS) >= 20
    assert all(special in joined for special in SPECIAL)
    assert sum(len(grapheme_boundaries(text)) <= len(text) for text in texts) > 3_000
    assert sum(any(ord(character) > 0xFFFF for character in text) for text in texts) > 2_000


def test_utf16_offsets_are_exact() -> None:
    for _, text, _ in random_texts(2):
        units = text.encode("utf-16-le", "surrogatepass")
        offsets = Utf16Map(text)
        found = {offsets.to_utf16(position): position for position in range(len(text) + 1)}
        for position in range(len(text) + 1):
            assert offsets.to_utf16(position) == len(text[:position].encode("utf-16-le")) // 2
        for unit in range(len(units) // 2 + 1):
            if unit in found:
                assert offsets.from_utf16(unit) == found[unit]
            else:
                with pytest.raises(OffsetError, match="inside a surrogate pair"):
                    offsets.from_utf16(unit)


def test_tokens_cover_everything_but_white_space_and_cut_no_cluster() -> None:
    for _, text, lang in random_texts(3):
        tokens = tokenize(text, lang=lang)
        boundaries = {0, *(match.end() for match in regex.finditer(r"\X", text))}
        covered: set[int] = set()
        end_before = 0
        for start, end in tokens:
            assert end_before <= start < end
            assert {start, end} <= boundaries
            assert text[start:end].strip()
            covered.update(range(start, end))
            end_before = end
        assert all(text[position].isspace() for position in range(len(text)) if position not in covered)


def test_every_cut_cluster_is_refused_and_every_whole_one_passes() -> None:
    for _, text, _ in random_texts(4):
        boundaries = {0, *(match.end() for match in regex.finditer(r"\X", text))}
        for position in range(1, len(text)):
            assert is_grapheme_boundary(text, position) == (position in boundaries)
            if position in boundaries:
                check_span(text, [(0, position), (position, len(text))])
                continue
            for interval in ((0, position), (position, len(text))):
                with pytest.raises(OffsetError) as caught:
                    check_span(text, [interval])
                assert caught.value.problem.code == "cuts-cluster"


def test_trimming_keeps_clusters_and_drops_white_space() -> None:
    for rng, text, _ in random_texts(5):
        interval = random_interval(rng, text)
        if interval is None:
            continue
        start, end = trim_interval(text, *interval)
        assert text[start:end].strip() == text[slice(*interval)].strip()
        assert interval.start_char <= start <= end <= interval.end_char
        if start < end:
            check_span(text, [(start, end)])


def test_joined_tokens_stay_exact_and_whole() -> None:
    for _, text, lang in random_texts(6):
        words = [text[start:end] for start, end in tokenize(text, lang=lang)]
        joined, tokens = join_tokens(words, lang=lang)
        assert [joined[start:end] for start, end in tokens] == words
        assert all(is_grapheme_boundary(joined, edge) for token in tokens for edge in token)


def random_spans(rng: random.Random, n_tokens: int) -> list[TokenSpan]:
    edges = sorted(rng.sample(range(n_tokens + 1), min(n_tokens + 1, rng.randrange(7))))
    pairs = pairwise(edges)
    return [TokenSpan(rng.choice(["PER", "LOC", "a-b"]), *pair) for pair in pairs if rng.random() < 0.7]


@pytest.mark.parametrize("scheme", ["iob1", "iob2", "bioes", "bilou"])
def test_tags_are_read_back_as_the_spans_they_were(scheme: str) -> None:
    rng = random.Random(7)
    for _ in range(N_TEXTS // 4):
        n_tokens = rng.randrange(12)
        spans = random_spans(rng, n_tokens)
        tags, lost = write_tags(spans, n_tokens, scheme=scheme)
        assert (read_tags(tags, scheme=scheme), lost) == ((spans, []), [])


def random_item(rng: random.Random, number: int) -> Item:
    segments = []
    for side in ("source", "target"):
        text, lang = random_text(rng)
        segments.append(Segment(text, lang, side, rng.choice(["text", "question"]), tokenize(text, lang=lang)))
    spans = []
    for index, segment in enumerate(segments):
        for count in range(rng.randrange(3)):
            boundaries = grapheme_boundaries(segment.text)
            edges = sorted(rng.sample(boundaries, min(len(boundaries), rng.choice([2, 4]))))
            intervals = tuple(map(Interval, edges[::2], edges[1::2]))
            if intervals:
                meta = {"note": segment.text, "score": rng.random()} if rng.random() < 0.5 else {}
                label = rng.choice(["PER", "ORG/é"])
                spans.append(Span(label, intervals, index, rng.choice(["spans", "b"]), f"{index}-{count}", meta=meta))
    sizes = [len(segment.tokens) for segment in segments]
    links = {(rng.randrange(sizes[0]), rng.randrange(sizes[1])) for _ in range(3)} if all(sizes) else set()
    alignment = Alignment(tuple(Link(*link, rng.random()) for link in sorted(links)))
    candidates = [Candidate(span.id, span, rng.random(), {"links": rng.random()}, rank=1) for span in spans]
    candidates.append(Candidate("0-0", None, 0.0, reason="no-links"))
    return Item(f"i{number}", tuple(segments), tuple(spans), "d", (alignment,), tuple(candidates), {"n": number})


@pytest.fixture(scope="module")
def items() -> list[Item]:
    rng = random.Random(8)
    return [random_item(rng, number) for number in range(N_TEXTS // 2)]


def test_json_lines_are_read_back_exactly(items: list[Item]) -> None:
    written = write_jsonl(items)
    assert written.problems == []
    result = read_jsonl(written.text.encode())
    assert result.problems == []
    assert result.rows == items
    assert write_jsonl(result.rows).text == written.text


def test_links_are_read_back_exactly(items: list[Item]) -> None:
    lengths = [(len(item.source.tokens), len(item.target.tokens)) for item in items]
    result = read_pharaoh(write_pharaoh(items).text.encode(), lengths=lengths)
    assert result.problems == []
    assert [row.sure for row in result.rows] == [item.alignments[0].links for item in items]


def test_quoted_tables_are_read_back_exactly(items: list[Item]) -> None:
    result = read_tsv(write_tsv(items).text.encode())
    assert [pair.id for pair in result.rows] == [item.id for item in items]
    for pair, item in zip(result.rows, items, strict=True):
        assert (pair.source.text, pair.target.text) == (item.source.text, item.target.text)


def test_plain_lines_are_read_back_or_reported(items: list[Item]) -> None:
    written = write_plain(items)
    changed = {problem.item_id for problem in written.problems if problem.code == "line-break-lost"}
    rows = read_plain(written.text.encode()).rows
    assert len(rows) == len(items)
    for row, item in zip(rows, items, strict=True):
        assert (row.text == item.target.text) == (item.id not in changed)


@pytest.mark.parametrize("scheme", ["iob1", "iob2", "bioes"])
def test_conll_tokens_and_tags_are_read_back_exactly(items: list[Item], scheme: str) -> None:
    rng = random.Random(9)
    flat, expected = [], []
    for item in items:
        spans = random_spans(rng, len(item.target.tokens))
        tokens = item.target.tokens
        found = [
            Span(span.label, (Interval(tokens[span.start_token][0], tokens[span.end_token - 1][1]),), 1)
            for span in spans
        ]
        flat.append(Item(item.id, item.segments, tuple(found), item.document))
        expected.append((item.id, item.target.words, tuple(spans)))
    written = write_conll(flat, scheme=scheme)
    assert {problem.code for problem in written.problems} == {"text-lost"}
    result = read_conll(written.text.encode(), scheme=scheme)
    assert [(row.id, row.words, row.spans) for row in result.rows] == expected
    assert {problem.code for problem in result.problems} <= {"empty-sentence", "text-differs"}


def test_spans_on_token_edges_find_their_tokens() -> None:
    for rng, text, lang in random_texts(10):
        tokens = tokenize(text, lang=lang)
        if tokens:
            first = rng.randrange(len(tokens))
            end = rng.randint(first + 1, len(tokens))
            assert tokens_of_interval(tokens, (tokens[first][0], tokens[end - 1][1])) == (first, end)

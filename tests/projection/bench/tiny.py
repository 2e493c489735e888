"""A folder of evaluation sets with own sentences, in the formats of the real ones."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

PEOPLE = [
    ("Ada saw Charles .", "Ada sah Charles .", "B-PER O B-PER O", "B-PER O B-PER O"),
    ("Charles lives in London .", "Charles lebt in London .", "B-PER O O B-LOC O", "B-PER O O B-LOC O"),
    ("Ada lives in Vienna .", "Ada lebt in Vienna .", "B-PER O O O O", "B-PER O O B-LOC O"),
    ("London is old .", "London ist alt .", "B-LOC O O O", "B-LOC O O O"),
]
"""Source and target; the target of the third has a label more: of 7 gold spans 6 can be found."""

DISHES = [
    ("The fried rice was good", "El arroz muy bien frito era bueno", "O B-T I-T O O", "O B-T I-T I-T I-T O O"),
    ("Nice soup", "Sopa rica", "O B-T", "B-T O"),
]
LINKS = ["0-0 1-4 2-1 3-5 4-6", "0-1 1-0"]
STORED = ["O O O O B-T O O", "B-T O"]
"""What a projection over the links gives that does not close the gap of two words between rice and fried."""


REPAIRS = [(row, row[3]) for row in PEOPLE[:3]] + [(PEOPLE[3], "O B-LOC O O")]
"""Automatic layer: as the stored repaired one, but for the last sentence, which no rule repairs."""


def conll(words: str, tags: str, *, sign: str = "\t") -> str:
    rows = zip(words.split(), tags.split(), strict=True)
    return "".join(f"{word}{sign}{tag}\n" for word, tag in rows) + "\n"


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    data = text.encode("utf-8")
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)


def make_folder(folder: Path) -> Path:
    """All sets; the language of the names is German, that of the dishes Spanish."""
    sides = {"en": (0, 2), "de": (1, 3)}
    for lang, (words, tags) in sides.items():
        write(
            folder / "ner-europarl" / f"{lang}-europarl.test.conll02",
            "".join(conll(row[words], row[tags]) for row in PEOPLE),
        )
    # The German file has the sentences in reverse order.
    for lang, (words, tags) in sides.items():
        rows = PEOPLE if lang == "en" else PEOPLE[::-1]
        text = "".join(f"# sent_id = {lang}{n}\n{conll(row[words], row[tags])}" for n, row in enumerate(rows))
        write(folder / "ner-uner-pud" / f"{lang}_pud-ud-test.iob2", text)
    write(folder / "ner-uner-pud" / "pud_ids.tsv", "id\ten\tde\n" + "".join(f"p{n}\t{n}\t{3 - n}\n" for n in range(4)))
    for lang, (words, tags) in sides.items():
        blocks = [f"# text-en = {row[0]}\n# text = {row[words]}\n{conll(row[words], row[tags])}" for row in PEOPLE]
        write(folder / "sid-xsid" / f"{lang}.test.conll", "".join(blocks))
        name = "en.dev.tsv.gz" if lang == "en" else "de.dev.manual.tsv.gz"
        write(folder / "am-abstrct" / name, "".join(conll(row[words], row[tags]) for row in PEOPLE))
    dishes = folder / "ote-absa"
    write(dishes / "en.absa.test.tsv", "".join(conll(row[0], row[2], sign=" ") for row in DISHES))
    write(dishes / "es.manual.test.tsv", "".join(conll(row[1], row[3]) for row in DISHES))
    write(
        dishes / "es.awesome.test.tsv",
        "".join(conll(row[1], tags) for row, tags in zip(DISHES, STORED, strict=True)),
    )
    write(dishes / "alignments" / "en-es.awesome.test.talp", "".join(f"{line}\n" for line in LINKS))
    links = ["0-0 1-1 2-2 3-3", "0-0 1-1 2-2 3-3 4-4", "0-0 1-1 2-2 3-3 4-4", "0-0 1-1 2-2 3-3"]
    rows = "".join(f"{row[0]}\t{row[1]}\t{line}\n" for row, line in zip(PEOPLE, links, strict=True))
    write(folder / "wordalign" / "xl-wa.en-de.test.tsv", rows)
    write(folder / "ner-masakha-parallel" / "deu.conll", "".join(conll(row[1], row[3], sign=" ") for row in PEOPLE))
    pairs = "".join(f"2.0-test\ten-deu/dev\t{n}\t{row[0]}\t{row[1]}\n" for n, row in enumerate(PEOPLE))
    write(folder / "ner-masakha-parallel" / "deu.pairs.tsv", f"split\tfile\tline\tsource\ttarget\n{pairs}")
    write(folder / "am-abstrct" / "de.dev.auto.tsv.gz", "".join(conll(row[1], tags) for row, tags in REPAIRS))
    write(folder / "am-abstrct" / "de.dev.post.tsv.gz", "".join(conll(row[1], row[3]) for row in PEOPLE))
    _make_topics(folder / "topic-sib200")
    _make_pos(folder / "pos-pud")
    _make_answers(folder / "qa-xquad")
    _make_selection(folder / "tprojection-sample")
    write(folder / "bitext" / "tatoeba" / "en-de.tsv", "She saw Ada.\tSie sah Ada.\nOnly English\t\n")
    return folder


def _make_topics(folder: Path) -> None:
    for lang, labels in (("eng_Latn", "sports travel"), ("deu_Latn", "sports health")):
        rows = "".join(f"{number}\t{label}\tText\n" for number, label in enumerate(labels.split()))
        write(folder / lang / "test.tsv", f"index_id\tcategory\ttext\n{rows}")


def _make_pos(folder: Path) -> None:
    tags = {"Ada": "PROPN", "Charles": "PROPN", "London": "PROPN", "Vienna": "PROPN", "in": "ADP", ".": "PUNCT"}
    tags |= {"old": "ADJ", "alt": "ADJ", "is": "AUX", "ist": "AUX"}
    for lang, column in (("en", 0), ("de", 1)):
        blocks = []
        for row in PEOPLE:
            words = row[column].split()
            lines = [f"{n}\t{word}\t_\t{tags.get(word, 'VERB')}\t_" for n, word in enumerate(words, start=1)]
            blocks.append("\n".join(["# text = " + row[column], "1-2\tab\t_\t_\t_", *lines]) + "\n\n")
        write(folder / f"{lang}_pud-ud-test.conllu.gz", "".join(blocks))


def _make_selection(folder: Path) -> None:
    """Two sentences: the first is assigned as the stored output has it, in the second nothing was proposed."""
    sentences = [("Ada slept", "Ada durmió", ["<Person>Ada</Person>"]), ("Bob ate", "Bob comió", [])]
    records = [
        {
            "id": str(number),
            "task": "SequenceLabelling",
            "source_word": src,
            "source_label": "B-PER O",
            "source_entity": "",
            "target_word": tgt,
            "target_entity": "",
            "target_label": "O O",
            "preds": preds,
        }
        for number, (src, tgt, preds) in enumerate(sentences)
    ]
    write(folder / "en2es.own.jsonl", "".join(json.dumps(record) + "\n" for record in records))
    write(folder / "en2es.own.json", json.dumps({"Ada": {"Ada": 1.0}}))
    gold = [conll(tgt, "B-PER O") for _, tgt, _ in sentences]
    write(folder / "es.own.gold", "".join(gold))
    write(folder / "en2es.expected.conll", "".join(gold))


def _make_answers(folder: Path) -> None:
    """Two questions; the German answer to the second is another than the English one says."""
    answers = {"en": ("Ada", "London"), "de": ("Ada", "Charles")}
    for lang, column in (("en", 0), ("de", 1)):
        context = " ".join(row[column] for row in PEOPLE)
        questions = [
            {"id": f"q{n}", "question": "Who", "answers": [{"text": text, "answer_start": context.index(text)}]}
            for n, text in enumerate(answers[lang])
        ]
        paragraph = {"context": context, "qas": questions}
        write(folder / f"xquad.{lang}.json.gz", json.dumps({"data": [{"title": "T", "paragraphs": [paragraph]}]}))

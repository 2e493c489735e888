"""Which label a sentence gives. The sentences are our own; on real replies see the test marked `data`."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from projection.vote.ballots import ABSTAIN, INVALID, LABEL
from projection.vote.labels import read_label
from projection.vote.questions import LabelText
from projection.vote.voters.recorded import read_replies

TOPICS = ("science/technology", "travel", "politics", "sports", "health", "entertainment", "geography")
LABELS = tuple(LabelText(name, translated={"health": "sağlık", "travel": "matka"}.get(name, "")) for name in TOPICS)


def read(reply: str) -> str:
    reading = read_label(reply, LABELS)
    assert (reading.outcome == LABEL) == (reading.label is not None)
    return reading.label or reading.reason


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        ("Politics", "politics"),
        ("**Label:** `Sports`.", "sports"),
        ("The text can be categorized under “Travel”.", "travel"),
        ("It is about technology, namely phones.", "science/technology"),
        ("This falls under the category of Science and Technology.", "science/technology"),
        ("I would say it belongs in the travel category.", "travel"),
        ("The category is health, because it mentions politics and sports.", "health"),
        ("It is related to health and possibly sports.", "health"),
        ("It is related to travel. It could also fall under geography.", "travel"),
        ("It is related to geography as it names a river. It might fit into travel if trips are meant.", "geography"),
        ("It is hard to say without more context. However, it seems to be related to politics.", "politics"),
        ("This is not an article, but it could be classified as health.", "health"),
        ("This is related to history or politics.", "politics"),
        ("Bu metin sağlık kategorisine girer.", "health"),
        ("matka", "travel"),
        # Several of equal standing.
        ("It can be categorized under Travel and Geography.", "several-labels"),
        ('This is related to "sports", "crime" or "health".', "several-labels"),
        # None.
        ("It does not fit into any category (science/technology, travel, politics, sports, health, geography).",
         "voter-declines"),
        ("I'm sorry, I cannot read this language.", "voter-declines"),
        ("This is not a news article. It is a remark about travel costs.", "voter-declines"),
        ("It is not about politics.", "voter-declines"),
        ("Please provide more details on sports.", "voter-declines"),
        ("As an AI, I lack the context to choose between travel and health.", "voter-declines"),
        # Another label, and nothing at all.
        ("This text is related to cooking.", "unknown-label"),
        ("Ten blue bottles.", "no-label-found"),
        ("", "no-label-found"),
        ("Politically speaking, unhealthy.", "no-label-found"),
    ],
)  # fmt: skip
def test_what_a_sentence_says(reply: str, expected: str) -> None:
    assert read(reply) == expected


def test_outcomes_and_claims() -> None:
    several = read_label("It is related to travel or geography.", LABELS)
    assert (several.outcome, several.claimed) == (ABSTAIN, ("travel", "geography"))
    assert read_label("Ten blue bottles.", LABELS).outcome == INVALID


def test_a_part_of_two_names_is_no_name() -> None:
    labels = (LabelText("world/news"), LabelText("local/news"))
    assert read_label("news", labels).label is None
    assert read_label("local", labels).label == "local/news"
    assert read_label("the topic is home affairs", labels, aliases={"home affairs": "local/news"}).label == "local/news"


@given(st.text(max_size=200) | st.text("related to travel, not sports. (or and \"'health", max_size=300))
def test_no_text_makes_reading_fail(reply: str) -> None:
    reading = read_label(reply, LABELS)
    assert (reading.outcome == LABEL) == (reading.label is not None)


@pytest.mark.parametrize(
    "piece", ["category ", "related to travel or ", "( " * 40 + "travel ", '"a" ', "not ", " ", "\n"]
)
def test_long_replies_are_read_in_time(piece: str) -> None:
    assert read_label(piece * (20_000 // len(piece)), LABELS) is not None


# --------------------------------------------------------------------------------------------------------- real replies

READINGS = Path(__file__).with_name("sib200_readings.tsv")


def real_replies(data_dir: Path, language: str, model: str) -> dict[str, str]:
    path = data_dir / "topic-sib200" / language / f"llm_{model}.tsv"
    return dict(read_replies(path.read_bytes()).rows)


@pytest.mark.data
def test_replies_that_a_person_read_are_read_the_same(data_dir: Path) -> None:
    with READINGS.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    found: Counter[tuple[str, str]] = Counter()
    for row in rows:
        reply = real_replies(data_dir, row["language"], row["model"])[row["index_id"]]
        said = read(reply)
        kind = row["reading"] if row["reading"] in ("none", "several", "other") else "label"
        found[kind, "same" if said == row["reading"] else "another label" if said in TOPICS else said] += 1
    assert len(rows) == 200
    assert not [key for key in found if key[1] == "another label"]
    assert dict(found) == {
        ("label", "same"): 109,
        ("label", "no-label-found"): 1,
        ("none", "voter-declines"): 56,
        ("other", "unknown-label"): 3,
        ("other", "voter-declines"): 4,
        ("several", "several-labels"): 26,
        ("several", "voter-declines"): 1,
    }


@pytest.mark.data
@pytest.mark.parametrize("language", ["deu_Latn", "fra_Latn", "ind_Latn", "fin_Latn", "tha_Thai", "yor_Latn"])
def test_few_replies_cannot_be_read_in_languages_that_no_rule_was_made_for(data_dir: Path, language: str) -> None:
    for model in ("gpt-3.5", "gpt-4"):
        replies = real_replies(data_dir, language, model).values()
        n_failed = sum(read_label(reply, LABELS).outcome == INVALID for reply in replies)
        n_plain = sum(len({name for name in TOPICS if name.split("/")[0] in reply.lower()}) != 1 for reply in replies)
        assert len(replies) == 204
        assert n_failed <= n_plain / 5

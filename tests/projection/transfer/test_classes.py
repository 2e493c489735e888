from __future__ import annotations

from pathlib import Path

import pytest

from projection.transfer.classes import ClassLabel, project_classes


def test_labels_go_by_key_and_everything_else_is_named() -> None:
    source = [("1", "sports"), ("2", "health"), ("3", "travel"), ("3", "travel"), ("4", "a"), ("4", "b"), ("6", "x")]
    found = project_classes(source, ["2", "1", "3", "3", "4", "5"], overrides={"1": "politics", "9": "y"}, place="de")
    assert list(found.labels.values()) == [
        ClassLabel("2", "health", "health"),
        ClassLabel("1", "politics", "sports", is_override=True),
        ClassLabel("3", "travel", "travel"),
    ]
    assert [(problem.code, problem.message.split("'")[1]) for problem in found.problems] == [
        ("conflicting-labels", "4"),
        ("duplicate-key", "3"),
        ("missing-source", "4"),
        ("missing-source", "5"),
        ("missing-target", "6"),
        ("unused-override", "9"),
    ]
    assert {problem.place for problem in found.problems} == {"de"}
    assert all(problem.remedy for problem in found.problems)


def test_an_override_settles_a_conflict_of_the_source() -> None:
    found = project_classes([("1", "a"), ("1", "b")], ["1"], overrides={"1": "b"})
    assert found.labels["1"] == ClassLabel("1", "b", None, is_override=True)
    assert [problem.code for problem in found.problems] == ["conflicting-labels"]


@pytest.mark.data
@pytest.mark.parametrize("lang", ["deu_Latn", "tha_Thai", "yor_Latn"])
def test_topics_of_parallel_sentences(data_dir: Path, lang: str) -> None:
    def rows(name: str) -> list[list[str]]:
        lines = (data_dir / "topic-sib200" / name / "test.tsv").read_text(encoding="utf-8").splitlines()[1:]
        return [line.split("\t") for line in lines]

    gold = {row[0]: row[1] for row in rows(lang)}
    found = project_classes([(row[0], row[1]) for row in rows("eng_Latn")], gold)
    assert {key: label.label for key, label in found.labels.items()} == gold
    assert found.problems == []

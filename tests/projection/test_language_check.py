"""Targets that are empty, untranslated or in another language."""

from __future__ import annotations

import pytest

from projection.language_check import check_targets
from tests.conftest import ROOT

DEMO = ROOT / "annotator" / "demo"


def demo(lang: str) -> list[str]:
    lines = (DEMO / f"{lang}.txt").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line.strip() and not line.startswith("#")]


@pytest.mark.parametrize("lang", ["ar", "de", "th"])
def test_right_translations_are_not_suspected(lang: str) -> None:
    targets = demo(lang)
    sources = demo("en")[: len(targets)]
    flags = check_targets(sources, targets, src_lang="en", tgt_lang=lang)
    assert sum(map(bool, flags)) <= len(targets) // 100


def test_what_is_wrong_is_found_where_it_stands() -> None:
    sources, targets = demo("en"), demo("de")
    n = min(len(sources), len(targets))
    sources, targets = sources[:n], targets[:n]
    targets[3] = "  "
    targets[5] = sources[5]
    # The words of the source in another order: not the same text, but still English.
    targets[7] = " ".join(reversed(sources[8].split() + sources[9].split()))
    flags = check_targets(sources, targets, src_lang="en", tgt_lang="de")
    assert (flags[3], flags[5], flags[7]) == (["empty"], ["untranslated"], ["wrong-language"])


def test_another_script_is_told_even_for_a_few_texts() -> None:
    flags = check_targets(
        ["Good morning to all"] * 2, ["Buenos días a todos", "صباح الخير"], src_lang="en", tgt_lang="ar"
    )
    assert flags == [["wrong-language"], []]


def test_short_texts_and_names_say_nothing() -> None:
    assert check_targets(["Rio", "42"], ["Rio", "42"], src_lang="en", tgt_lang="de") == [[], []]

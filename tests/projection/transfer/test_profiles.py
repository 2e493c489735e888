from __future__ import annotations

import pytest

from projection.transfer.profiles import PROFILES, choose_kind


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Angela Merkel", "name"),
        ("the Netherlands", "name"),
        ("19 May", "name"),
        ("grilled fish", "phrase"),
        ("food", "phrase"),
        ("patients who were treated early lived longer .", "clause"),
        ("The European Convention for the Protection of Human Rights", "name"),
        ("北京 大学", "name"),
        (",", "name"),
    ],
)
def test_choose_kind(text: str, kind: str) -> None:
    assert choose_kind(text.split()) == kind


def test_only_clauses_have_no_longest_range() -> None:
    assert PROFILES["name"].longest(2, n_tgt_words=50) == 7
    assert PROFILES["name"].longest(2, n_tgt_words=5) == 5
    assert PROFILES["clause"].longest(2, n_tgt_words=50) == 50

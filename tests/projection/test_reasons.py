"""Reasons in words: every code that an engine gives has them."""

from __future__ import annotations

import re

from projection.reasons import REASONS, reason_words
from tests.conftest import ROOT


def test_every_reason_that_the_reference_page_lists_has_words() -> None:
    page = (ROOT / "docs" / "engines.md").read_text("utf-8")
    listed = set(re.findall(r"^\| `([a-z]+(?:-[a-z]+)+)` \|", page, re.MULTILINE))
    assert {"no-link", "low-score", "no-model"} <= listed
    assert listed <= set(REASONS)


def test_a_foreign_code_loses_its_hyphens() -> None:
    assert reason_words("conflict") == "taken by another span"
    assert reason_words("no-such-thing") == "no such thing"

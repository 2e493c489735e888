"""Reasons in words: every code that an engine gives has them."""

from __future__ import annotations

import re

from projection.reasons import REASONS, reason_words
from tests.conftest import ROOT


def test_every_reason_in_the_code_has_words() -> None:
    files = [path for part in ("transfer", "projectors") for path in (ROOT / "projection" / part).rglob("*.py")]
    code = "".join(path.read_text("utf-8") for path in files)
    given = set(re.findall(r'unprojected\(\w+(?:\.\w+)?, "([a-z-]+)"', code))
    assert {"no-target-segment", "no-model", "no-alignment"} <= given
    assert given <= set(REASONS)


def test_a_foreign_code_loses_its_hyphens() -> None:
    assert reason_words("conflict") == "taken by another span"
    assert reason_words("no-such-thing") == "no such thing"

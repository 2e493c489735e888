"""Fixtures for all tests."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

ROOT = Path(__file__).resolve().parent.parent

# The same examples in every run of CI; others elsewhere, so that new ones are tried.
settings.register_profile("ci", derandomize=True)
if os.environ.get("CI"):
    settings.load_profile("ci")


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """The evaluation data, which is not part of the project.

    Skips with a visible reason where it is absent; fails under CI, where it must be there.
    """
    path = Path(os.environ.get("CROSSGLOSS_DATA") or ROOT.parent / "shared" / "data")
    if not (path / "README.md").exists():
        if os.environ.get("CI"):
            pytest.fail(f"evaluation data missing: {path} (set CROSSGLOSS_DATA)")
        pytest.skip(f"evaluation data absent: {path} (set CROSSGLOSS_DATA to its folder)")
    return path

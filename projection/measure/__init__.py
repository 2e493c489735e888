"""Figures: span F1 and alignment error."""

from __future__ import annotations

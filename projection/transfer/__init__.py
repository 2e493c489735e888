"""From source spans and links to scored target spans."""

from __future__ import annotations

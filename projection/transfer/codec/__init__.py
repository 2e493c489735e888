"""CODEC: where does a translation model put the brackets of a source span in a given translation (arXiv 2402.03131)."""

from __future__ import annotations

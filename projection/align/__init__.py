"""Word alignment: which target words translate which source words, with probabilities."""

from __future__ import annotations

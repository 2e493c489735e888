"""Tagging under constrained decoding: a model writes the given words with tags between them, and nothing else."""

from __future__ import annotations

"""Kinds of voters: chat endpoints, local models, projectors, recorded replies, scripted ones (see docs/voters.md)."""

from __future__ import annotations

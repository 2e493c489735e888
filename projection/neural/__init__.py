"""Pretrained models: loading them by folder or hub id, their languages, scoring and generating texts with them."""

from __future__ import annotations

from projection.neural.loading import LoadedModel, Task, load_model

__all__ = ["LoadedModel", "Task", "load_model"]

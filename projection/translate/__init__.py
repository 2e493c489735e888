"""Translation behind one protocol: models by path, a chat endpoint, a command, or translations made before."""

from __future__ import annotations

from projection.translate.base import Translation, Translator, identity_key

__all__ = ["Translation", "Translator", "identity_key"]

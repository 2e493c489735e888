"""Label projection as a plain Python library: read, align, transfer, measure, write.

Nothing in this package needs Django, a database or downloaded model weights. Engines that run a neural model import
it only when they are used.
"""

from __future__ import annotations

__version__ = "0.1.0"

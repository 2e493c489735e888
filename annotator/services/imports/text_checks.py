"""Flags on target texts that are empty, untranslated or in another language, put on before the rows are written."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING

from annotator.models import Segment
from projection.language_check import check_targets

if TYPE_CHECKING:
    from annotator.services.imports.writing import Prepared

Key = tuple[int, str, int]


def flag_texts(prepared: Prepared, *, src_lang: str, tgt_lang: str) -> int:
    """Check each target text beside the source text of its role, the n-th beside the n-th.

    Returns:
        How many texts were flagged.
    """
    pairs = _list_pairs(prepared)
    flags = check_targets(
        [prepared.segments[source].text for source, _ in pairs],
        [prepared.segments[target].text for _, target in pairs],
        src_lang=src_lang,
        tgt_lang=tgt_lang,
    )
    for (_, target), found in zip(pairs, flags, strict=True):
        if found:
            prepared.segments[target] = prepared.segments[target]._replace(flags=json.dumps(found))
    return sum(map(bool, flags))


def _list_pairs(prepared: Prepared) -> list[tuple[int, int]]:
    """Indices of source and target segments that belong together."""
    sources: dict[Key, int] = {}
    targets: dict[Key, int] = {}
    counts: Counter[tuple[int, str, str]] = Counter()
    for index, row in enumerate(prepared.segments):
        key = (row.item, row.role, counts[(row.item, row.role, row.side)])
        counts[(row.item, row.role, row.side)] += 1
        (sources if row.side == Segment.Side.SOURCE else targets)[key] = index
    return [(sources[key], target) for key, target in targets.items() if key in sources]

"""Figures to print beside those of the bench: published ones, and our baselines.

`baseline` is the best of the systems that were measured on the same data before this engine was written: eflomal with
string priors and the hidden Markov aligner, each with the span decoder of then. `ceiling` is what a projection would
reach that always repeats the labels of the source side.
"""

from __future__ import annotations

from typing import NamedTuple

from projection.bench.base import RowKey
from projection.bench.sets.files import language_of


class Reference(NamedTuple):
    """A figure of somebody else's system for rows that fit; empty fields fit every row, `variant` fits by its start."""

    table: str
    lang: str
    part: str
    variant: str
    figure: str
    system: str
    value: float


def _chart(table: str, part: str, figures: dict[str, float]) -> list[Reference]:
    """README chart of T-Projection (García-Ferrero et al. 2023): means over several languages."""
    return [Reference(table, "", part, "", "f1", system, value) for system, value in figures.items()]


def _by_lang(
    table: str, part: str, variant: str, figure: str, system: str, values: dict[str, float]
) -> list[Reference]:
    return [Reference(table, lang, part, variant, figure, system, value) for lang, value in values.items()]


_ALIGNERS = ("mgiza", "fast_align", "simalign", "awesome")
_STORED = {
    ("es", "train"): (77.0, 75.0, 86.7, 91.5),
    ("fr", "train"): (73.3, 72.9, 86.3, 91.3),
    ("ru", "train"): (72.4, 76.9, 87.7, 93.4),
    ("tr", "train"): (64.0, 68.4, 81.9, 88.5),
    ("es", "test"): (74.1, 72.5, 84.9, 89.7),
}
_GAPS = {
    ("awesome, gap 0", "train"): {"es": 84.95, "fr": 85.85, "ru": 91.40, "tr": 88.30},
    ("awesome, gap 1", "train"): {"es": 94.93, "fr": 94.15, "ru": 95.15, "tr": 89.02},
    ("awesome, gap 2", "train"): {"es": 95.92, "fr": 95.48, "ru": 95.82, "tr": 89.08},
    ("awesome, gap 3", "train"): {"es": 96.15, "fr": 95.66, "ru": 95.52, "tr": 89.14},
    ("awesome, gap 1", "test"): {"es": 93.42, "fr": 91.58, "ru": 93.57},
    ("awesome, gap 2", "test"): {"es": 94.25, "fr": 93.73, "ru": 94.07},
    ("simalign, gap 1", "train"): {"es": 89.09, "fr": 88.70, "ru": 89.16, "tr": 82.12},
    ("simalign, gap 2", "train"): {"es": 89.66, "fr": 89.22, "ru": 88.91, "tr": 81.95},
    ("awesome, scored", "train"): {"es": 94.65, "fr": 94.33, "ru": 95.04, "tr": 89.08},
    ("fused", "train"): {"es": 94.84, "fr": 94.89, "ru": 96.32, "tr": 88.69},
}

REFERENCES: tuple[Reference, ...] = (
    *(
        Reference("ote-links", lang, part, f"{aligner}, published", "f1", "published", value)
        for (lang, part), values in _STORED.items()
        for aligner, value in zip(_ALIGNERS, values, strict=True)
    ),
    Reference("ote-links", "", "", "fused", "f1", "T-Projection", 94.0),
    *(
        reference
        for (variant, part), values in _GAPS.items()
        for reference in _by_lang("ote-links", part, variant, "f1", "baseline", values)
    ),
    Reference("tprojection", "es", "europarl", "published", "f1", "published", 59.57),
    *_chart("ote", "train", {"SimAlign": 86.0, "AWESOME": 92.0, "T-Projection": 94.0}),
    *_chart("europarl", "", {"SimAlign": 84.0, "AWESOME": 87.0, "T-Projection": 91.0}),
    *_by_lang("europarl", "", "", "f1", "best heuristic (2025)", {"de": 91.6, "es": 90.3, "it": 87.3}),
    *_chart("abstrct", "neoplasm_test", {"SimAlign": 84.0, "AWESOME": 54.0, "mGiza": 86.0, "T-Projection": 96.0}),
    *_by_lang("abstrct", "neoplasm_test", "", "f1", "baseline", {"es": 93.4}),
    *_by_lang("uner", "", "", "f1", "baseline", {"de": 74.0, "pt": 79.9, "ru": 70.1, "sv": 83.0, "zh": 62.3}),
    *_by_lang("uner", "", "", "f1", "ceiling", {"de": 83.8, "pt": 87.2, "ru": 79.5, "sv": 87.9, "zh": 80.4}),
    *_by_lang("pos", "", "", "accuracy", "baseline", {"de": 78.6, "es": 84.6, "fi": 77.0, "tr": 66.3, "id": 79.3}),
    *_by_lang("pos", "", "multi", "accuracy", "baseline", {"de": 77.1, "es": 86.6, "fi": 75.8, "tr": 65.5, "id": 74.1}),
    *_by_lang(
        "xquad",
        "",
        "",
        "char_f1",
        "baseline",
        {"ru": 92.0, "tr": 87.1, "hi": 89.3, "ar": 84.4, "el": 94.3, "de": 92.1},
    ),
)


def find_references(key: RowKey) -> list[Reference]:
    """The figures that belong beside a row."""
    found = [each for each in REFERENCES if _fits(each, key)]
    named = {(each.system, each.figure) for each in found if each.variant}
    # A figure for this variant goes before one for all variants.
    return [each for each in found if each.variant or (each.system, each.figure) not in named]


def _fits(reference: Reference, key: RowKey) -> bool:
    return (
        reference.table == key.table
        and reference.lang in ("", language_of(key.lang))
        and reference.part in ("", key.part)
        and key.variant.startswith(reference.variant)
    )

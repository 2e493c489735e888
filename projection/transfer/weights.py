"""Weights of the features of `projection.transfer.features` for each kind of span.

The log-linear model that gives the right range of a source span the highest probability among all ranges and "no range"
(`null`), learned on development data of several corpora and languages (docs/methods.md, "Scored span transfer").
"""

from __future__ import annotations

KINDS = ("name", "phrase", "clause", "strings")
"""The columns of `WEIGHTS`; `strings` is for transfer without links."""

WEIGHTS: dict[str, tuple[float, float, float, float]] = {
    "dice": (-0.02, 0.95, 1.85, 0.00),
    "log_dice": (0.66, 0.79, 0.98, 0.01),
    "dice_outside": (1.07, 2.51, 2.03, 0.00),
    "dice_length": (0.52, 1.72, 2.57, 0.00),
    "dice_source": (2.42, 0.51, 2.42, 0.00),
    "lost": (-0.54, -0.12, -0.43, 0.00),
    "lost_source": (-0.38, -0.45, -0.42, 0.00),
    "uncovered": (-1.67, 0.22, -2.70, -0.03),
    "outside": (-0.90, -0.96, -0.46, 0.00),
    "unlinked": (0.64, 0.24, 0.00, -0.46),
    "unlinked_first": (-0.45, 0.26, -0.98, 1.05),
    "unlinked_last": (-0.31, 0.06, -1.20, 1.79),
    "unlinked_before": (0.04, 0.20, -1.22, 0.29),
    "unlinked_after": (-0.05, -0.30, 0.60, -0.58),
    "outside_first": (-1.07, -0.82, -2.85, 0.00),
    "outside_last": (-0.51, -0.59, -1.91, 0.00),
    "outside_before": (-0.97, -0.59, 1.29, 0.12),
    "outside_after": (0.34, -0.14, 2.40, 1.27),
    "context_before": (0.53, 0.76, 3.20, -0.88),
    "context_after": (0.46, 0.17, 0.87, 0.63),
    "spelling": (1.12, 0.88, 8.35, 3.43),
    "spelling_words": (1.50, -0.28, -1.50, 4.88),
    "spelling_lost": (-4.57, -4.05, 1.73, -3.41),
    "spelling_inside": (1.30, 0.55, 4.03, 0.92),
    "position": (0.58, -0.70, -13.03, -5.44),
    "longer": (-0.85, -0.60, -1.60, -1.43),
    "shorter": (-1.46, -2.50, -0.16, -2.45),
    "sign_first": (-2.26, -2.68, -5.81, -2.06),
    "sign_last": (-2.60, -3.40, 1.01, -2.42),
    "sign_missing": (3.18, 0.32, -1.14, 1.65),
    "signs_inside": (0.15, -0.52, -0.39, -0.10),
    "small_first": (-0.61, 0.00, 1.37, -0.65),
    "small_last": (-1.29, 0.00, -0.98, -1.39),
    "small_inside": (-0.08, 0.00, 0.00, -0.68),
    "capital_first": (1.03, 0.40, 2.25, 0.27),
    "capital_last": (-0.19, 0.31, -1.13, 0.37),
    "capital_before": (-2.67, 0.00, -2.86, -1.71),
    "capital_after": (-3.36, 0.00, -0.39, -1.31),
    "short_first": (-1.50, -1.42, -0.02, -1.85),
    "short_last": (-1.99, -1.88, -1.66, -1.45),
    "short_dropped": (1.02, 0.54, -1.22, 0.44),
    "numbers": (-0.77, -1.03, -0.27, -1.67),
    "brackets": (-0.27, 1.36, -0.56, -1.60),
    "seen_dice": (1.48, 2.51, -0.10, 0.00),
    "seen": (-0.26, 1.39, -0.86, 0.00),
    "seen_before": (-0.43, -2.31, -0.42, 0.00),
    "seen_after": (-3.89, -3.51, -0.04, 0.00),
    "free_before": (-3.77, -3.48, -0.01, 0.00),
    "free_after": (-1.61, -2.20, -0.00, 0.00),
    "loose_first": (-0.73, -0.61, -1.99, 0.00),
    "loose_last": (-0.59, -0.30, -2.23, 0.00),
    "null": (-1.86, -0.02, 1.23, 0.04),
}

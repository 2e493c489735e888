"""Weights of the features of `projection.transfer.features` for each kind of span.

The log-linear model that gives the right range of a source span the highest probability among all ranges and "no range"
(`null`), learned on development data of several corpora and languages (docs/methods.md, "Scored span transfer").
"""

from __future__ import annotations

KINDS = ("name", "phrase", "clause", "strings")
"""The columns of `WEIGHTS`; `strings` is for transfer without links."""

WEIGHTS: dict[str, tuple[float, float, float, float]] = {
    "dice": (-0.31, 0.96, 2.34, 0.00),
    "log_dice": (0.55, 0.89, 1.26, 0.06),
    "dice_outside": (0.81, 2.08, 2.49, 0.00),
    "dice_length": (0.56, 1.63, 2.87, 0.00),
    "dice_source": (2.90, 0.75, 2.64, 0.00),
    "lost": (-0.28, -0.29, -0.45, 0.00),
    "lost_source": (-0.13, -0.44, -0.42, 0.00),
    "uncovered": (-2.13, 0.03, -3.40, -0.17),
    "outside": (-1.04, -0.78, -0.34, 0.00),
    "unlinked": (0.59, 0.32, 0.03, -0.31),
    "unlinked_first": (-0.42, 0.07, -0.88, 1.23),
    "unlinked_last": (-0.70, -0.20, -1.33, 1.53),
    "unlinked_before": (0.25, -0.25, -0.99, 0.77),
    "unlinked_after": (-0.54, -0.49, 0.99, -0.77),
    "outside_first": (-1.03, -0.94, -3.08, 0.00),
    "outside_last": (-0.57, -0.74, -2.06, 0.00),
    "outside_before": (-0.50, -1.07, 0.52, 0.02),
    "outside_after": (0.11, -0.41, 1.80, 1.23),
    "context_before": (0.52, 0.78, 3.40, -0.47),
    "context_after": (0.67, 0.44, 1.66, 0.49),
    "spelling": (0.93, 0.49, 4.87, 2.66),
    "spelling_words": (1.01, 0.31, 2.03, 6.20),
    "spelling_lost": (-5.34, -4.58, -2.79, -4.39),
    "spelling_inside": (0.83, 0.78, 4.74, 1.64),
    "position": (-0.72, -1.08, -12.57, -6.31),
    "longer": (-0.93, -0.69, -2.35, -2.27),
    "shorter": (-1.83, -2.68, -0.55, -3.26),
    "sign_first": (-2.80, -2.60, -5.68, -2.48),
    "sign_last": (-3.00, -3.54, 0.27, -2.72),
    "sign_missing": (1.26, 0.19, -1.00, -0.47),
    "signs_inside": (0.46, -0.49, -0.19, -0.25),
    "small_first": (-0.74, 0.00, -0.75, -1.21),
    "small_last": (-1.25, 0.00, -0.46, -1.23),
    "small_inside": (-0.34, 0.00, -0.21, -0.70),
    "capital_first": (0.92, 0.83, 3.10, 0.17),
    "capital_last": (0.31, -0.07, -0.12, 0.77),
    "capital_before": (-1.78, 0.00, -0.58, -1.51),
    "capital_after": (-4.55, 0.00, -4.34, -1.57),
    "short_first": (-1.56, -1.50, -1.04, -2.09),
    "short_last": (-1.94, -1.88, -2.02, -1.70),
    "short_dropped": (0.49, 0.39, -1.25, -0.13),
    "numbers": (-0.72, -1.10, -0.15, -1.67),
    "brackets": (-1.89, 1.54, -0.61, -2.64),
    "seen_dice": (2.34, 2.55, 9.32, 0.00),
    "seen": (-1.08, 1.16, 3.16, 0.00),
    "seen_before": (-0.38, -1.93, -4.35, 0.00),
    "seen_after": (-4.58, -3.65, -2.82, 0.00),
    "free_before": (-1.15, -4.25, -1.54, 0.00),
    "free_after": (-1.09, -1.95, -1.29, 0.00),
    "loose_first": (-0.14, 0.17, 3.60, 0.00),
    "loose_last": (-0.35, -0.07, 4.69, 0.00),
    "null": (-2.48, -1.23, 1.90, 0.18),
}

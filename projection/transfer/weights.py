"""Weights of the features of `projection.transfer.features` for each kind of span.

The log-linear model that gives the right range of a source span the highest probability among all ranges and "no range"
(`null`), learned on development data of several corpora and languages (docs/methods.md, "Scored span transfer").
"""

from __future__ import annotations

KINDS = ("name", "phrase", "clause", "strings")
"""The columns of `WEIGHTS`; `strings` is for transfer without links."""

WEIGHTS: dict[str, tuple[float, float, float, float]] = {
    "dice": (-0.57, 0.77, 3.37, 0.00),
    "log_dice": (0.18, 0.21, 1.13, 0.06),
    "dice_outside": (1.75, 3.82, 3.56, 0.00),
    "dice_length": (0.89, 1.75, 3.47, 0.00),
    "dice_source": (3.16, 1.02, 3.98, 0.00),
    "lost": (0.09, 0.31, -0.29, 0.00),
    "lost_source": (0.10, 0.01, -0.33, 0.00),
    "uncovered": (-3.37, -0.23, -3.16, -0.17),
    "outside": (-0.79, -0.63, -0.27, 0.00),
    "unlinked": (0.54, 0.06, 0.14, -0.31),
    "unlinked_first": (-0.58, 0.03, -0.36, 1.23),
    "unlinked_last": (-0.89, -0.66, -0.90, 1.53),
    "unlinked_before": (0.34, 0.36, -0.53, 0.77),
    "unlinked_after": (-0.21, -0.37, -0.01, -0.77),
    "outside_first": (-0.81, -0.81, -1.71, 0.00),
    "outside_last": (-0.42, -0.54, -0.61, 0.00),
    "outside_before": (-0.43, -0.42, -0.04, 0.02),
    "outside_after": (-0.18, -0.40, -0.11, 1.23),
    "context_before": (0.63, 0.86, 3.77, -0.47),
    "context_after": (0.98, 0.68, 3.07, 0.49),
    "spelling": (1.49, 1.07, 4.46, 2.66),
    "spelling_words": (1.23, 0.88, 2.36, 6.20),
    "spelling_lost": (-5.28, -5.08, -5.94, -4.39),
    "spelling_inside": (0.38, 0.50, 4.27, 1.64),
    "position": (-3.20, -3.87, -12.91, -6.31),
    "longer": (-0.72, -0.61, -3.02, -2.27),
    "shorter": (-1.90, -2.82, -1.75, -3.26),
    "sign_first": (-1.85, -2.36, -5.12, -2.48),
    "sign_last": (-2.29, -2.91, 0.34, -2.72),
    "sign_missing": (-0.49, 0.61, -1.56, -0.47),
    "signs_inside": (0.19, -0.67, -0.18, -0.25),
    "small_first": (-0.83, 0.00, -0.95, -1.21),
    "small_last": (-1.13, 0.00, -0.73, -1.23),
    "small_inside": (-0.47, 0.00, -0.91, -0.70),
    "capital_first": (0.66, 0.15, 1.97, 0.17),
    "capital_last": (0.36, -0.46, -0.20, 0.77),
    "capital_before": (-1.59, 0.00, -3.41, -1.51),
    "capital_after": (-4.88, 0.00, -4.78, -1.57),
    "short_first": (-1.36, -1.26, -1.08, -2.09),
    "short_last": (-1.59, -1.79, -2.25, -1.70),
    "short_dropped": (0.33, 0.03, -0.72, -0.13),
    "numbers": (-0.91, -1.29, -0.63, -1.67),
    "brackets": (-0.67, -1.73, -1.48, -2.64),
    "seen_dice": (1.61, 2.55, 4.65, 0.00),
    "seen": (-0.74, -0.61, 0.66, 0.00),
    "seen_before": (-0.94, -1.61, -6.37, 0.00),
    "seen_after": (-4.70, -3.64, -3.03, 0.00),
    "free_before": (-0.87, -4.34, -5.77, 0.00),
    "free_after": (-2.20, -2.62, -0.26, 0.00),
    "loose_first": (-0.16, 0.25, 0.39, 0.00),
    "loose_last": (-0.24, -0.54, 2.22, 0.00),
    "null": (-2.79, -0.16, -3.31, 0.18),
}

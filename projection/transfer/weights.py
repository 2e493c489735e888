"""Weights of the features of `projection.transfer.features` for each kind of span.

The log-linear model that gives the right range of a source span the highest probability among all ranges and "no range"
(`null`), learned by `tests/reference/make_weights.py` on development and training parts of xSID, OTE and AbstRCT and on
UNER; Europarl, XQuAD and all other test parts are held out (docs/methods.md, "Scored span transfer").
"""

from __future__ import annotations

KINDS = ("name", "phrase", "clause", "strings")
"""The columns of `WEIGHTS`; `strings` is for transfer without links."""

WEIGHTS: dict[str, tuple[float, float, float, float]] = {
    "dice": (0.04, 1.65, 1.76, 0.00),
    "log_dice": (0.89, 0.80, 1.00, 0.04),
    "dice_outside": (0.42, 2.84, 2.09, 0.00),
    "dice_length": (1.03, 1.43, 2.39, 0.00),
    "dice_source": (1.94, 0.28, 2.92, 0.00),
    "lost": (-0.49, 0.06, -0.41, 0.00),
    "lost_source": (-0.58, -0.24, -0.41, 0.00),
    "uncovered": (-1.36, -0.13, -2.44, -0.10),
    "outside": (-1.15, -0.89, -0.47, 0.00),
    "unlinked": (0.88, 0.23, 0.01, -0.44),
    "unlinked_first": (-0.40, 0.11, -0.91, 1.09),
    "unlinked_last": (-0.46, -0.16, -1.47, 1.79),
    "unlinked_before": (0.14, 0.32, -1.20, 0.51),
    "unlinked_after": (-0.19, -0.26, 0.47, -0.59),
    "outside_first": (-0.77, -0.86, -3.79, 0.00),
    "outside_last": (-0.76, -0.59, -1.39, 0.00),
    "outside_before": (-0.91, -0.24, 1.63, 0.32),
    "outside_after": (0.22, -0.06, 2.16, 0.98),
    "context_before": (0.42, 0.84, 3.01, -0.33),
    "context_after": (0.39, 0.26, 1.19, 0.93),
    "spelling": (1.38, 1.72, 8.30, 3.68),
    "spelling_words": (1.62, 1.15, -0.50, 4.62),
    "spelling_lost": (-3.44, -3.33, 0.64, -3.54),
    "spelling_inside": (1.03, 0.44, 7.45, 0.97),
    "position": (0.95, -0.23, -13.09, -5.42),
    "longer": (-0.59, -0.24, -1.13, -1.30),
    "shorter": (-1.23, -2.43, 0.10, -2.23),
    "sign_first": (-1.97, -2.35, -6.00, -2.22),
    "sign_last": (-2.69, -3.50, 1.04, -2.33),
    "sign_missing": (2.84, 0.03, -1.22, 1.54),
    "signs_inside": (0.56, -0.79, -0.26, 0.12),
    "small_first": (-0.68, 0.00, 1.89, -0.99),
    "small_last": (-1.45, 0.00, -0.85, -1.24),
    "small_inside": (-0.13, 0.00, 0.00, -0.66),
    "capital_first": (0.94, 0.28, 2.35, 0.39),
    "capital_last": (-0.09, 0.35, -1.01, 0.27),
    "capital_before": (-2.67, 0.00, -3.38, -1.61),
    "capital_after": (-5.44, 0.00, -0.24, -1.29),
    "short_first": (-1.65, -1.46, 0.04, -1.78),
    "short_last": (-1.73, -1.92, -1.57, -1.37),
    "short_dropped": (0.94, 0.55, -1.09, 0.45),
    "numbers": (-0.86, -0.75, -0.18, -1.29),
    "brackets": (-0.49, 2.01, -0.54, -1.63),
    "seen_dice": (2.56, 2.06, -3.83, 0.00),
    "seen": (-1.31, 2.10, -2.69, 0.00),
    "seen_before": (-0.26, -1.90, -0.32, 0.00),
    "seen_after": (-4.32, -3.60, -0.02, 0.00),
    "free_before": (-3.35, -3.13, 0.00, 0.00),
    "free_after": (-1.49, -1.52, 0.00, 0.00),
    "loose_first": (-1.33, -0.55, -1.18, 0.00),
    "loose_last": (-0.85, -0.45, -1.34, 0.00),
    "null": (-2.38, 0.73, 0.83, 0.11),
}

"""How well annotators agree, and how sure that is.

`ratings` values as arrays · `kernels` coefficients as functions of sums · `coefficients` what is asked for ·
`intervals` draws of documents
"""

from __future__ import annotations

from projection.measure.agreement.coefficients import (
    COEFFICIENTS,
    Agreement,
    Coefficient,
    Draws,
    cohen_kappa,
    fleiss_kappa,
    gwet_coefficient,
    krippendorff_alpha,
    rate_all,
    rate_pair,
    scott_pi,
)
from projection.measure.agreement.intervals import Interval
from projection.measure.agreement.kernels import Level, Weights
from projection.measure.agreement.ratings import Ratings

__all__ = [
    "COEFFICIENTS",
    "Agreement",
    "Coefficient",
    "Draws",
    "Interval",
    "Level",
    "Ratings",
    "Weights",
    "cohen_kappa",
    "fleiss_kappa",
    "gwet_coefficient",
    "krippendorff_alpha",
    "rate_all",
    "rate_pair",
    "scott_pi",
]

"""Engines at work: items with source spans in, alignments and candidates out."""

from __future__ import annotations

from projection.projectors.aligned import AlignedProjector
from projection.projectors.base import OneByOne, Projection, Projector, Stateless
from projection.projectors.combined import CombinedProjector, CombinedSettings
from projection.projectors.fused import FusedProjector
from projection.projectors.links import AfterTransfer, LinkSettings, LinksProjector
from projection.projectors.pairs import PairView, pair_segments
from projection.projectors.similarity import SimilarityProjector

__all__ = [
    "AfterTransfer",
    "AlignedProjector",
    "CombinedProjector",
    "CombinedSettings",
    "FusedProjector",
    "LinkSettings",
    "LinksProjector",
    "OneByOne",
    "PairView",
    "Projection",
    "Projector",
    "SimilarityProjector",
    "Stateless",
    "pair_segments",
]

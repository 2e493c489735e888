"""Engines that call aligners outside the library."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from projection.align.external import ExternalAligner, ExternalSettings
from projection.align.external_programs import AlignmentProgram, Eflomal, FastAlign
from projection.engines.base import Engine, Requirement, Setting, versions_of
from projection.engines.shared import SYMMETRISATION, TRANSFER_SETTINGS, make_transfer
from projection.projectors import AlignedProjector, Projector

STEM_LETTERS = Setting(
    "stem_letters", "integer", 5, "Words are cut to so many letters; 0 for whole.", minimum=0, maximum=20
)
PRIOR_WEIGHT = Setting(
    "prior_weight",
    "number",
    2.0,
    "How much alike spellings (names, cognates; romanised across scripts) count; 0 switches this off.",
    minimum=0,
    maximum=20,
)
TIMEOUT_S = Setting(
    "timeout_s", "integer", 3600, "Seconds that one call of the program may take.", minimum=1, maximum=86_400
)


def _build_projector(program: AlignmentProgram, settings: Mapping[str, Any]) -> Projector:
    given = ExternalSettings(
        stem_letters=settings["stem_letters"],
        prior_weight=settings.get("prior_weight", 0.0),
        timeout_s=settings["timeout_s"],
    )
    return AlignedProjector(
        lambda _: ExternalAligner(program, given),
        make_transfer(settings),
        symmetrisation=settings["symmetrisation"],
    )


EFLOMAL = Engine(
    name="eflomal",
    title="eflomal",
    summary="Learns word links by the program eflomal, which is slower than the default and draws at random.",
    settings=(*TRANSFER_SETTINGS, STEM_LETTERS, PRIOR_WEIGHT, SYMMETRISATION, TIMEOUT_S),
    build=lambda settings: _build_projector(Eflomal(), settings),
    seconds_per_1000=14,
    versions=versions_of("numpy", "rapidfuzz", "uroman", "icu4py"),
    makes_links=True,
    requirements=(
        Requirement(Eflomal.command, "program", "Install it: pip install eflomal (GPL-3; needs a C compiler)."),
    ),
)

FAST_ALIGN = Engine(
    name="fast-align",
    title="fast_align",
    summary="Learns word links by the program fast_align: the fastest, for many sentence pairs.",
    settings=(*TRANSFER_SETTINGS, STEM_LETTERS, SYMMETRISATION, TIMEOUT_S),
    build=lambda settings: _build_projector(FastAlign(), settings),
    seconds_per_1000=1.2,
    versions=versions_of("numpy", "rapidfuzz", "uroman", "icu4py"),
    makes_links=True,
    requirements=(
        Requirement(
            FastAlign.command, "program", "Build it from its source (clab/fast_align) and put it on the search path."
        ),
    ),
)

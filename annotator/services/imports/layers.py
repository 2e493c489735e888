"""Which layers the labels of files go to that name none."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from annotator.models import Layer
from annotator.services.imports.spec import ImportSpec
from annotator.services.projects import DEFAULT_LAYER
from projection.errors import Problem
from projection.formats import Sentence
from projection.formats.squad import CONTEXT
from projection.formats.table import SEVERAL
from projection.types import Interval, Span

Kind = Layer.Kind

# Formats with labels of parts of a text, and the kind of layer that these belong to, where it does not depend.
_KINDS: Mapping[str, tuple[str, ...]] = {
    "conll": (Kind.SPAN, Kind.TOKEN),
    "conllu": (Kind.TOKEN,),
    "squad": (Kind.SPAN,),
}
# Formats whose texts can have classes beside them.
WITH_CLASSES = ("conll", "table", "tsv")
# Where classes stand in the files that people have, besides under the name of their layer.
USUAL_NAMES = ("label", "category", "class", "topic", "intent", "sentiment", "grade", "relevance")


@dataclass(frozen=True, slots=True)
class Tagset:
    """What a project allows in a layer, and the labels that it has."""

    kind: str
    labels: frozenset[str]
    is_open: bool
    allows_overlap: bool = False
    allows_discontinuous: bool = False
    scope: str = Layer.Scope.SEGMENT
    choice: str = Layer.Choice.SINGLE
    role: str = ""
    has_concepts: bool = False

    @classmethod
    def of(cls, layer: Layer) -> Tagset:
        """That of a layer; prefetch its labels."""
        return cls(
            kind=layer.kind,
            labels=frozenset(label.name for label in layer.labels.all()),
            is_open=layer.is_open,
            allows_overlap=layer.allows_overlap,
            allows_discontinuous=layer.allows_discontinuous,
            scope=layer.scope,
            choice=layer.choice,
            role=layer.role,
            has_concepts=layer.has_concepts,
        )


@dataclass(frozen=True, slots=True)
class LayerPlan:
    """Where labels go.

    Attributes:
        layer: of spans or token tags.
        is_token: whether it holds token tags.
        class_layer: of classes, or "" where there are none to read.
        class_names: in lower case, where classes may stand; the first that is there counts.
        has_several: whether a text may have several classes.
    """

    layer: str = DEFAULT_LAYER
    is_token: bool = False
    class_layer: str = ""
    class_names: tuple[str, ...] = ()
    has_several: bool = False
    problems: tuple[Problem, ...] = field(default=())

    def classes(self, sentence: Sentence, *, segment: int) -> Iterable[Span]:
        """The classes of a text as labels of the whole of it."""
        text = sentence.text
        if not self.class_layer or not text:
            return ()
        named = {name.lower(): value for name, value in sentence.meta.items()}
        given = next((named[name] for name in self.class_names if name in named), "")
        labels = given.split(SEVERAL) if self.has_several else [given]
        return tuple(
            Span(label.strip(), (Interval(0, len(text)),), segment, self.class_layer)
            for label in labels
            if label.strip()
        )


def plan_layers(spec: ImportSpec, tagsets: Mapping[str, Tagset], *, format: str) -> LayerPlan:  # noqa: A002
    """Find the layers for the labels of a format."""
    problems: list[Problem] = []
    layer = _find_layer(spec.layer, tagsets, format, problems)
    classes = _find_classes(spec, tagsets, format, problems)
    tagset = tagsets.get(layer)
    class_tagset = tagsets.get(classes)
    names = [spec.class_from.lower()] if spec.class_from else [classes.lower(), *USUAL_NAMES]
    return LayerPlan(
        layer=layer,
        is_token=tagset is not None and tagset.kind == Kind.TOKEN,
        class_layer=classes,
        class_names=tuple(names),
        has_several=class_tagset is not None and class_tagset.choice == Layer.Choice.MULTIPLE,
        problems=tuple(problems),
    )


def _find_layer(chosen: str, tagsets: Mapping[str, Tagset], format: str, problems: list[Problem]) -> str:  # noqa: A002
    kinds = _KINDS.get(format, ())
    if chosen:
        tagset = tagsets.get(chosen)
        if kinds and tagset is not None and tagset.kind not in kinds:
            problems.append(_wrong_kind(chosen, tagset.kind, kinds))
        if kinds == (Kind.TOKEN,) and tagset is None:
            problems.append(_NO_TOKENS)
        return chosen
    fitting = [name for name, tagset in tagsets.items() if tagset.kind in kinds]
    if format == "squad":
        fitting.sort(key=lambda name: tagsets[name].role != CONTEXT)
    if kinds == (Kind.TOKEN,) and not fitting:
        problems.append(_NO_TOKENS)
    return fitting[0] if fitting else DEFAULT_LAYER


_NO_TOKENS = Problem(
    "no-token-layer",
    "The project has no layer of token tags for the tags of this file.",
    "Add one on the page of labels, or choose another format.",
)


def _find_classes(
    spec: ImportSpec,
    tagsets: Mapping[str, Tagset],
    format: str,  # noqa: A002
    problems: list[Problem],
) -> str:
    if format not in WITH_CLASSES:
        return ""
    if spec.class_layer:
        tagset = tagsets.get(spec.class_layer)
        if tagset is None:
            fault = f"The project has no layer {spec.class_layer!r}."
            problems.append(Problem("unknown-layer", fault, "Add it on the page of labels, or choose another."))
        elif tagset.kind != Kind.CLASS:
            problems.append(_wrong_kind(spec.class_layer, tagset.kind, (Kind.CLASS,)))
        return spec.class_layer
    return next((name for name, tagset in tagsets.items() if tagset.kind == Kind.CLASS), "")


def _wrong_kind(name: str, kind: str, wanted: Sequence[str]) -> Problem:
    words = " or ".join(str(Kind(each).label) for each in wanted)
    fault = f"The layer {name} holds {Kind(kind).label}, the labels of this file are {words}."
    return Problem("wrong-layer-kind", fault, "Choose another layer, or another format.")

"""What a panel asks about: layers as voters are shown them, items as sheets with their neighbours."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.db.models import Prefetch, QuerySet

from annotator import mapping
from annotator.models import Alignment, Candidate, Item, Layer, Panel, Project, Run, Segment, SourceSpan, VoterRun
from projection import types
from projection.vote.questions import Kind, LabelText, LayerText, Sheet, make_sheet

# The template in which a span answers the question beside it.
_ANSWERS = "qa"
BATCH_ITEMS = 100
LOADED = (
    "segments",
    "source_spans__label",
    "source_spans__layer",
    "source_spans__head",
    "source_spans__tail",
    "source_spans__concept",
)


@dataclass(frozen=True, slots=True)
class Asked:
    """What the voters of a panel are asked, and what they see.

    Attributes:
        layers: ids of the layers.
        n_context: texts of the target language before and after each item.
        shows_source_labels: whether the source labels of classes and grades are shown.
        judges: whether voters judge the candidates of the run that reviewers see, instead of answering anew.
        criteria: grades that voters are asked for beside labels, see `projection.vote.ballots.CRITERIA`.
    """

    layers: tuple[int, ...]
    n_context: int = 1
    shows_source_labels: bool = True
    judges: bool = False
    criteria: tuple[str, ...] = ()

    @classmethod
    def of(cls, panel: Panel) -> Asked:
        """As stored."""
        stored = dict(panel.asked)
        for name in ("layers", "criteria"):
            stored[name] = tuple(stored.get(name, ()))
        return cls(**stored)


@dataclass(frozen=True, slots=True)
class SheetOfItem:
    """A stored item with what voters are asked about it."""

    row: Item
    sheet: Sheet


def describe_layers(panel: Panel, *, tgt_lang: str) -> list[LayerText]:
    """The layers of a panel with names and definitions of their labels, and the names in the target language."""
    layers = Layer.objects.filter(project=panel.project_id, pk__in=Asked.of(panel).layers).prefetch_related("labels")
    return [
        LayerText(
            name=layer.name,
            kind=_kind(layer, panel.project),
            labels=tuple(
                LabelText(label.name, label.description, str(label.translated_names.get(tgt_lang, "")))
                for label in layer.labels.all()
            ),
            guideline=panel.project.guidelines,
        )
        for layer in layers
    ]


def _kind(layer: Layer, project: Project) -> Kind:
    if layer.kind == Layer.Kind.CLASS:
        return "grade" if layer.choice == Layer.Choice.GRADED else "class"
    if layer.kind == Layer.Kind.TOKEN:
        return "token"
    if layer.kind == Layer.Kind.RELATION:
        return "relation"
    return "answer" if project.template == _ANSWERS else "span"


def list_asked_items(panel: Panel, *, tgt_lang: str) -> QuerySet[Item]:
    """The items of a language in the order of their documents."""
    return Item.objects.filter(project=panel.project_id, tgt_lang=tgt_lang).order_by("position", "pk")


def iter_sheets(
    panel: Panel, items: QuerySet[Item], *, tgt_lang: str, judged_run: Run | None = None
) -> Iterator[list[SheetOfItem]]:
    """Sheets in batches, each with its neighbours in the document whether or not these are asked about themselves.

    Args:
        panel: what is asked.
        items: those that are to be asked about, of one language.
        tgt_lang: their language.
        judged_run: whose candidates are judged.
    """
    asked, layers = Asked.of(panel), describe_layers(panel, tgt_lang=tgt_lang)
    ids = list(items.order_by("position", "pk").values_list("pk", flat=True))
    for start in range(0, len(ids), BATCH_ITEMS):
        rows = _load(ids[start : start + BATCH_ITEMS], judged_run)
        around = _neighbours(panel, rows, tgt_lang=tgt_lang, n_context=asked.n_context)
        yield [_make(row, layers, asked, *around[row.pk]) for row in rows]


def _load(item_ids: Sequence[int], judged_run: Run | None) -> list[Item]:
    active = Alignment.objects.filter(run__is_active=True).order_by("pk")
    best = Candidate.objects.filter(run=judged_run, rank=0).select_related("label__layer", "source_span")
    links = Prefetch("alignments", queryset=active, to_attr="given_links")
    rows = Item.objects.filter(pk__in=item_ids).select_related("document").prefetch_related(*LOADED, links)
    if judged_run is not None:
        rows = rows.prefetch_related(Prefetch("candidates", queryset=best, to_attr="judged"))
    return list(rows.order_by("position", "pk"))


def _make(
    row: Item, layers: Sequence[LayerText], asked: Asked, before: Sequence[str], after: Sequence[str]
) -> SheetOfItem:
    sheet = make_sheet(
        mapping.to_item(row),
        layers,
        before=before,
        after=after,
        shows_source_labels=asked.shows_source_labels,
        candidates=_judged(row, {layer.name for layer in layers}),
    )
    return SheetOfItem(row, sheet)


def _judged(row: Item, layers: set[str]) -> dict[str, types.Candidate]:
    places = {segment.pk: index for index, segment in enumerate(row.segments.all())}
    return {
        each.source_span.key: mapping.to_candidate(
            each,
            source_key=each.source_span.key,
            layer=each.label.layer.name,
            segment_index=places.get(each.segment_id or 0, 0),
        )
        for each in getattr(row, "judged", ())
        if each.source_span is not None and not each.is_relation and each.label.layer.name in layers
    }


def _neighbours(
    panel: Panel, rows: Sequence[Item], *, tgt_lang: str, n_context: int
) -> dict[int, tuple[list[str], list[str]]]:
    """For each item the first target texts before and after it in its document."""
    if not n_context or not rows:
        return {row.pk: ([], []) for row in rows}
    documents = {row.document_id for row in rows}
    low, high = rows[0].position - n_context, rows[-1].position + n_context
    near = Item.objects.filter(project=panel.project_id, tgt_lang=tgt_lang, document__in=documents)
    ordered = list(
        near.filter(position__gte=low, position__lte=high)
        .order_by("document_id", "position", "pk")
        .values_list("pk", "document_id")
    )
    texts: dict[int, str] = {}
    targets = Segment.objects.filter(item__in=[pk for pk, _ in ordered], side=Segment.Side.TARGET)
    for item_id, text in targets.order_by("item_id", "position").values_list("item_id", "text"):
        texts.setdefault(item_id, text)
    places = {pk: place for place, (pk, _) in enumerate(ordered)}

    def of(start: int, end: int, document_id: int) -> list[str]:
        chunk = ordered[max(0, start) : max(0, end)]
        return [texts.get(pk, "") for pk, document in chunk if document == document_id]

    return {
        row.pk: (
            of(places[row.pk] - n_context, places[row.pk], row.document_id),
            of(places[row.pk] + 1, places[row.pk] + 1 + n_context, row.document_id),
        )
        for row in rows
    }


def list_voter_runs(panel: Panel, *, tgt_lang: str) -> list[VoterRun]:
    """The newest run of each voter in a language, in the order of the voters."""
    rows = VoterRun.objects.filter(voter__panel=panel, tgt_lang=tgt_lang).select_related("voter", "run__job")
    newest: dict[int, VoterRun] = {}
    for row in rows.order_by("voter__position", "voter_id", "-pk"):
        newest.setdefault(row.voter_id, row)
    return list(newest.values())


def find_shown_run(panel: Panel, *, tgt_lang: str) -> Run | None:
    """The run whose candidates reviewers see, which a panel judges."""
    return Run.objects.filter(project=panel.project_id, tgt_lang=tgt_lang, is_active=True).first()


def list_questions(panel: Panel, *, tgt_lang: str) -> QuerySet[SourceSpan]:
    """The source labels that a panel is asked about, in file order."""
    spans = SourceSpan.objects.filter(item__project=panel.project_id, item__tgt_lang=tgt_lang)
    return spans.filter(layer__in=Asked.of(panel).layers).order_by("item__position", "item_id", "position")


def read_versions(segments: Sequence[Segment]) -> list[int]:
    """Versions of an item's texts by position, as ballots keep them."""
    return [segment.version for segment in segments]

"""Token tags of a run: carried over its links once these are there, for many items together.

What a tag of one token is depends on the others of its word form, so items are tagged in large blocks. A block is found
anew after a crash, and what is written already of it stays as it is: the links that it is found from never change.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Prefetch, QuerySet
from django.db.models.functions import Least

from annotator import mapping
from annotator.jobs import JobControl
from annotator.models import Alignment, Candidate, Item, Job, Label, Layer, Run, RunItem, Segment, SourceSpan
from annotator.services.run_items import insert_models
from annotator.services.run_kinds import NO_TARGET_SEGMENT, unprojected
from projection.align.base import Posterior
from projection.projectors.pairs import pair_segments
from projection.transfer.tags import TagProjection, TagSettings, TagSource, TokenTag, project_tags
from projection.types import Interval, Link

# Tags less probable than this are left to people. On Parallel UD, German keeps 99 % of its tags, Thai 95 %.
MIN_PROBABILITY = 0.4
# Other tags of the same token that are shown as alternatives.
MAX_TAGS = 3
MIN_SHARE = 0.05
BLOCK_ITEMS = 20_000
WRITE_ITEMS = 200
# How far apart, in parts of the sentence, tokens without links may stand that are taken for each other's.
MAX_DISTANCE = 0.2
NO_TAG = "_"
NO_LINK = "no-link"


@dataclass(slots=True)
class _Pair:
    """A segment pair with the tagged tokens of its source."""

    item_id: int
    target: Segment
    words: tuple[list[str], list[str]]
    links: tuple[Link, ...]
    tokens: tuple[Interval, ...]
    # Source spans of one layer by the index of their token.
    tagged: dict[int, SourceSpan] = field(default_factory=dict)


def tag_items(run: Run, *, control: JobControl) -> None:
    """Write candidates for all token tags of a run's items that have none yet."""
    layers = list(Layer.objects.filter(project=run.project_id, kind=Layer.Kind.TOKEN))
    spans = SourceSpan.objects.filter(item__project=run.project_id, item__tgt_lang=run.tgt_lang)
    for layer in layers:
        if not spans.filter(layer=layer).exists():
            continue
        control.tick(stage=Job.TAGGING)
        for item_ids in _blocks(run, layer):
            _tag_block(run, layer, item_ids, control=control)


def _blocks(run: Run, layer: Layer) -> Iterator[list[int]]:
    tagged = SourceSpan.objects.filter(item=OuterRef("pk"), layer=layer)
    items = Item.objects.filter(Exists(tagged), project=run.project_id, tgt_lang=run.tgt_lang).order_by("pk")
    ids = list(items.values_list("pk", flat=True))
    for start in range(0, len(ids), BLOCK_ITEMS):
        yield ids[start : start + BLOCK_ITEMS]


def _tag_block(run: Run, layer: Layer, item_ids: Sequence[int], *, control: JobControl) -> None:
    done = set(
        Candidate.objects.filter(run=run, item__in=item_ids, label__layer=layer).values_list("item_id", flat=True)
    )
    if len(done) == len(item_ids):
        return
    rows: dict[int, list[Candidate]] = {}
    pairs: list[_Pair] = []
    for item in _load(run, layer, item_ids):
        found, lost = _read_pairs(item, run)
        pairs += found
        rows[item.pk] = lost
        control.beat()
    with control.keep_lease():
        projection = _project(pairs)
    labels = dict(Label.objects.filter(layer=layer).values_list("name", "pk"))
    for pair, tags in zip(pairs, projection.sentences if projection else (), strict=True):
        rows[pair.item_id] += _make_rows(run, pair, tags, labels)
    pending = [item_id for item_id in item_ids if item_id not in done]
    for start in range(0, len(pending), WRITE_ITEMS):
        _write(run, {item_id: rows[item_id] for item_id in pending[start : start + WRITE_ITEMS]}, control=control)


def _load(run: Run, layer: Layer, item_ids: Sequence[int]) -> Iterator[Item]:
    """Items with their segments, tags and links."""
    prefetched = (
        "segments",
        Prefetch("source_spans", SourceSpan.objects.filter(layer=layer).select_related("label")),
        Prefetch("alignments", Alignment.objects.filter(run=run), to_attr="given_links"),
    )
    for start in range(0, len(item_ids), WRITE_ITEMS):
        items: QuerySet[Item] = Item.objects.filter(pk__in=item_ids[start : start + WRITE_ITEMS]).order_by("pk")
        yield from items.select_related("document").prefetch_related(*prefetched)


def _read_pairs(row: Item, run: Run) -> tuple[list[_Pair], list[Candidate]]:
    """The segment pairs with tags in their source, and the tags of segments without a target."""
    segments = list(row.segments.all())
    item = mapping.to_item(row, kinds=())
    links = {(each.src_segment, each.tgt_segment): each.links for each in item.alignments}
    spans: dict[int, list[SourceSpan]] = {}
    for span in row.source_spans.all():
        spans.setdefault(span.segment_id, []).append(span)
    pairs = []
    for view in pair_segments(item):
        own = spans.pop(segments[view.src_index].pk, None)
        if own:
            pair = _Pair(
                row.pk,
                segments[view.tgt_index],
                (view.source.words, view.target.words),
                links.get((view.src_index, view.tgt_index), ()),
                view.target.tokens,
            )
            places = {start: index for index, (start, _) in enumerate(view.source.tokens)}
            pair.tagged = {places[span.start_char]: span for span in own if span.start_char in places}
            pairs.append(pair)
    return pairs, [unprojected(run, span, reason=NO_TARGET_SEGMENT) for rest in spans.values() for span in rest]


def _project(pairs: Sequence[_Pair]) -> TagProjection | None:
    if not any(pair.words[1] for pair in pairs):
        return None
    tags = [
        [pair.tagged[index].label.name if index in pair.tagged else NO_TAG for index in range(len(pair.words[0]))]
        for pair in pairs
    ]
    posteriors = [
        Posterior.from_links(pair.links, n_src=len(pair.words[0]), n_tgt=len(pair.words[1])) for pair in pairs
    ]
    source = TagSource("source", [pair.words[0] for pair in pairs], tags, posteriors)
    return project_tags([pair.words[1] for pair in pairs], [source], TagSettings(min_probability=MIN_PROBABILITY))


def _make_rows(run: Run, pair: _Pair, tags: Sequence[TokenTag], labels: dict[str, int]) -> list[Candidate]:
    """Candidates of the tags of a pair: on the token that belongs to each, and on tokens that no tag belongs to."""
    lengths = (len(pair.words[0]), len(pair.words[1]))
    target_of = match_tokens(pair.links, pair.tagged, lengths=lengths)
    wanted = {index: span.label.name for index, span in pair.tagged.items() if index not in target_of}
    taken = set(target_of.values())
    free = {place: tag.tag for place, tag in enumerate(tags) if place not in taken and tag.tag}
    target_of |= match_equal(wanted, free, lengths=lengths)
    rows: list[Candidate] = []
    for index, span in sorted(pair.tagged.items()):
        place = target_of.get(index)
        if place is None:
            rows.append(unprojected(run, span, reason=NO_LINK))
            continue
        found = _of_token(run, pair, place, tags[place], span, labels)
        rows += found or [unprojected(run, span, reason=tags[place].reason or NO_LINK)]
    taken = set(target_of.values())
    for place, tag in enumerate(tags):
        if place not in taken:
            rows += _of_token(run, pair, place, tag, None, labels)
    return rows


def match_tokens(
    links: Sequence[Link], tagged: dict[int, SourceSpan] | Sequence[int], *, lengths: tuple[int, int]
) -> dict[int, int]:
    """One target token for each source token: the likeliest links first, of equals those along the diagonal."""
    n_src, n_tgt = lengths

    def order(link: Link) -> tuple[float, float, int, int]:
        return (-link.probability, abs((link.src + 0.5) / n_src - (link.tgt + 0.5) / n_tgt), link.src, link.tgt)

    found: dict[int, int] = {}
    taken: set[int] = set()
    for link in sorted((link for link in links if link.src in tagged), key=order):
        if link.src not in found and link.tgt not in taken:
            found[link.src] = link.tgt
            taken.add(link.tgt)
    return found


def match_equal(wanted: Mapping[int, str], free: Mapping[int, str], *, lengths: tuple[int, int]) -> dict[int, int]:
    """Source tokens without a link and target tokens of the same tag at about the same place, the nearest first."""
    n_src, n_tgt = lengths
    near = sorted(
        (abs((index + 0.5) / n_src - (place + 0.5) / n_tgt), index, place)
        for index, label in wanted.items()
        for place, tag in free.items()
        if label == tag
    )
    found: dict[int, int] = {}
    for distance, index, place in near:
        if distance <= MAX_DISTANCE and index not in found and place not in found.values():
            found[index] = place
    return found


def _of_token(
    run: Run, pair: _Pair, place: int, tag: TokenTag, span: SourceSpan | None, labels: dict[str, int]
) -> list[Candidate]:
    """The tag of a target token, then others that it may have; none where the projection abstains."""
    if tag.tag is None or tag.tag not in labels:
        return []
    shares = [(name, share) for name, share in tag.distribution.items() if name in labels and share >= MIN_SHARE]
    ranked = [(tag.tag, tag.probability), *((name, share) for name, share in shares if name != tag.tag)]
    return [
        mapping.make_candidate_row(
            run_id=run.pk,
            span=span,
            label_id=labels[name],
            segment=pair.target,
            intervals=[pair.tokens[place]],
            score=share,
            rank=rank,
        )
        for rank, (name, share) in enumerate(ranked[:MAX_TAGS])
    ]


def _write(run: Run, rows: dict[int, list[Candidate]], *, control: JobControl) -> None:
    with transaction.atomic():
        control.check_lease()
        insert_models([row for found in rows.values() for row in found])
        for item_id, found in rows.items():
            best = [row.confidence for row in found if row.rank == 0]
            if best:
                RunItem.objects.filter(run=run, item=item_id).update(confidence=Least(F("confidence"), min(best)))

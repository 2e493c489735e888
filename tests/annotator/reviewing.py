"""Projects that wait for review, and acts as the browser makes them."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from annotator.models import Alignment, Annotation, Item, Membership, Project, Review, Run, Segment, SourceSpan, User
from annotator.services import review
from annotator.services.review import Outcome
from annotator.services.review_acts import read_acts
from tests.annotator.factories import find_interval, make_candidate, make_items, make_member, make_project, make_run

# What the machine proposes for the sentences of the factories: surface ("" for not found), label and score.
PROPOSALS = (
    (("Ada Brandt", "", 0.9), ("Bremen", "", 0.8)),
    (("Uppsala", "", 0.7),),
    (("Tomas Vale", "", 0.95), ("", "", 0.0)),
)


@dataclass
class Desk:
    """A project in the state in which reviewers find it."""

    project: Project
    run: Run
    items: list[Item]
    reviewer: User
    last_step: uuid.UUID = field(default_factory=uuid.uuid4)

    def span(self, n: int, position: int = 0) -> SourceSpan:
        return self.items[n].source_spans.get(position=position)

    def target(self, n: int) -> Segment:
        return self.items[n].segments.get(side="target")

    def label(self, name: str) -> int:
        return self.project.layers.get().labels.get(name=name).pk

    def place(self, n: int, surface: str) -> dict[str, Any]:
        target = self.target(n)
        return {"segment": target.pk, "intervals": [list(find_interval(target.text, surface))], "surface": surface}

    def act(self, kind: str, n: int, position: int = 0, **more: Any) -> dict[str, Any]:
        return {"kind": kind, "source_span": self.span(n, position).pk, **more}

    def accept(self, n: int, position: int = 0, surface: str | None = None) -> dict[str, Any]:
        proposed = PROPOSALS[n % len(PROPOSALS)][position][0]
        return self.act("accept", n, position, surface=proposed if surface is None else surface)

    def decide(self, n: int, *acts: dict[str, Any], actor: User | None = None, **more: Any) -> Outcome:
        self.last_step = more.pop("step", None) or uuid.uuid4()
        return review.decide(
            project=self.project,
            actor=actor or self.reviewer,
            step=self.last_step,
            item_id=self.items[n].pk,
            acts=read_acts(list(acts)),
            **more,
        )

    def undo(self, actor: User | None = None, **more: Any) -> Outcome:
        return review.undo(project=self.project, actor=actor or self.reviewer, step=uuid.uuid4(), **more)

    def redo(self, actor: User | None = None, **more: Any) -> Outcome:
        return review.redo(project=self.project, actor=actor or self.reviewer, step=uuid.uuid4(), **more)

    def annotation(self, n: int, position: int = 0) -> Annotation:
        return Annotation.objects.get(source_span=self.span(n, position))

    def state(self, n: int) -> str:
        return Item.objects.get(pk=self.items[n].pk).state

    def release(self) -> None:
        """Let all claims run out."""
        Review.objects.filter(item__project=self.project).update(claimed_by=None, claim_expires_at=None)


def propose(
    run: Run,
    items: Sequence[Item],
    proposals: Sequence[Sequence[tuple[str, str, float]]],
    *,
    given_links: Sequence[Sequence[tuple[int, int, float]]] = (),
) -> None:
    """Write candidates and links, and open the items; without given links, the words at the same place are linked."""
    for number, item in enumerate(items):
        proposed = proposals[number % len(proposals)]
        for span, (surface, label, score) in zip(item.source_spans.all(), proposed, strict=True):
            make_candidate(run, span, surface, label=label, score=score)
        source, target = item.segments.get(side="source"), item.segments.get(side="target")
        n_links = min(len(source.tokens), len(target.tokens))
        links = [[index, index, 0.9] for index in range(n_links)]
        if given_links:
            links = [list(link) for link in given_links[number % len(given_links)]]
        Alignment.objects.create(run=run, item=item, src_segment=source, tgt_segment=target, links=links)
        confidence = min((score for _, _, score in proposed), default=1.0)
        Item.objects.filter(pk=item.pk).update(state="open", confidence=confidence, priority=confidence)


def make_desk(*, n: int | None = None, manager: User | None = None, **more: Any) -> Desk:
    """A project with projected items and a reviewer."""
    project = make_project(manager=manager)
    items = make_items(project, n=n, **more)
    run = make_run(project)
    if not more:
        propose(run, items, PROPOSALS)
    reviewer = make_member(project, Membership.Role.REVIEWER)
    return Desk(project=project, run=run, items=items, reviewer=reviewer)

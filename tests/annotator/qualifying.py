"""A project with qualification items whose gold differs from what the machine proposes, and somebody who takes them."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from annotator.models import Attempt, Item, Membership, Project, User
from annotator.queries.item_filter import ItemFilter
from annotator.services import qualification
from annotator.services.bulk_decisions import start_bulk
from annotator.services.review import claim_items
from tests.annotator.factories import make_member
from tests.annotator.reviewing import Desk, make_desk

# Of five items the first and the third are in the set. The machine proposes "Bremen" LOC in h1 and nothing for Nordlys
# in h3; gold is "Hafenmuseum" ORG in h1 and "Nordlys" ORG in h3.
N_ITEMS = 5
ASKED = (0, 2)
GOLD_ONLY = "Hafenmuseum"


@dataclass
class Exam:
    """The project as it is when the reviewer comes."""

    desk: Desk
    curator: User
    manager: User

    @property
    def project(self) -> Project:
        return Project.objects.get(pk=self.desk.project.pk)

    @property
    def reviewer(self) -> User:
        return self.desk.reviewer

    def decide_gold(self) -> None:
        """The curator decides on the items of the set."""
        desk = self.desk
        org = desk.label("ORG")
        moved = [desk.act("relabel", 0, 1, label=org), desk.act("move", 0, 1, **desk.place(0, GOLD_ONLY))]
        settled = desk.act("accept", 0, 1, surface=GOLD_ONLY)
        desk.decide(0, desk.accept(0, 0), *moved, settled, actor=self.curator)
        found = [desk.act("move", 2, 1, **desk.place(2, "Nordlys")), desk.act("accept", 2, 1, surface="Nordlys")]
        desk.decide(2, desk.accept(2, 0), *found, actor=self.curator)

    def fill(self, kind: str = "qualify", **wanted: str) -> None:
        """Put what is done into the set, or take it out, as a curator does."""
        found = ItemFilter(**(wanted or {"state": "done"}))  # type: ignore[arg-type]
        start_bulk(project=self.project, actor=self.curator, kind=kind, wanted=found, step=uuid.uuid4())

    def set_mark(self, percent: int | None = 80, *, shows_gold: bool = False) -> None:
        qualification.set_qualification(
            project=self.project, actor=self.manager, pass_percent=percent, shows_gold=shows_gold
        )
        self.desk.project.refresh_from_db()

    def handed(self, actor: User | None = None, n: int = 20) -> list[str]:
        """Ids of the items that a person is handed next."""
        places = claim_items(project=self.project, actor=actor or self.reviewer, n=n)
        names = dict(Item.objects.values_list("pk", "external_id"))
        return [names[place.item_id] for place in places]

    def answer_badly(self, actor: User | None = None) -> None:
        """As the machine has it: 2 of 4 gold labels, and 1 too many."""
        self.desk.decide(0, self.desk.accept(0, 0), self.desk.accept(0, 1), actor=actor)
        self.desk.decide(2, self.desk.accept(2, 0), self.desk.accept(2, 1), actor=actor)

    def answer_first_well(self, actor: User | None = None) -> None:
        desk = self.desk
        desk.decide(
            0,
            desk.accept(0, 0),
            desk.act("relabel", 0, 1, label=desk.label("ORG")),
            desk.act("move", 0, 1, **desk.place(0, GOLD_ONLY)),
            desk.act("accept", 0, 1, surface=GOLD_ONLY),
            actor=actor,
        )

    def answer_well(self, actor: User | None = None) -> None:
        desk = self.desk
        self.answer_first_well(actor)
        found = [desk.act("move", 2, 1, **desk.place(2, "Nordlys")), desk.act("accept", 2, 1, surface="Nordlys")]
        desk.decide(2, desk.accept(2, 0), *found, actor=actor)

    @property
    def attempt(self) -> Attempt:
        """The newest of the reviewer."""
        return Attempt.objects.filter(user=self.reviewer).order_by("-number")[0]


def make_exam(*, mark: int | None = 80, shows_gold: bool = False) -> Exam:
    """A project with gold for two of five items, which are the qualification set."""
    desk = make_desk(n=N_ITEMS)
    curator = make_member(desk.project, Membership.Role.CURATOR)
    exam = Exam(desk, curator, desk.project.created_by)
    exam.decide_gold()
    exam.fill()
    exam.set_mark(mark, shows_gold=shows_gold)
    return exam

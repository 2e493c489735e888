"""An item on paper: numbered spans in the texts, and a row for each."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from annotator.queries.printed import Piece, cut
from tests.annotator.factories import make_items, make_project, make_run, make_user
from tests.annotator.reviewing import propose


def test_a_text_is_cut_where_spans_begin_and_end() -> None:
    # 1 covers "Ada Brandt", 2 lies in it, 3 has two pieces and overlaps none.
    pieces = cut("Ada Brandt is here now", [(1, [[0, 10]]), (2, [[4, 10]]), (3, [[11, 13], [19, 22]])])
    assert pieces == [
        Piece("Ada ", True, ()),
        Piece("Brandt", True, (1, 2)),
        Piece(" ", False, ()),
        Piece("is", True, ()),
        Piece(" here ", False, ()),
        Piece("now", True, (3,)),
    ]
    assert cut("No span", []) == [Piece("No span", False, ())]
    assert cut("", []) == []


@pytest.mark.django_db
def test_the_page_has_texts_spans_and_states_and_is_closed_to_strangers(client: Client) -> None:
    manager = make_user()
    project = make_project(manager=manager, tgt_langs=("de",))
    sentences = (("Ada met Tom.", "Ada traf Tom."),)
    items = make_items(project, sentences=sentences, spans=((("PER", "Ada"), ("PER", "Tom")),), n=1)
    propose(make_run(project), items, [[["Ada", "", 0.9], ["", "", 0.0]]])
    address = reverse("item-print", args=[project.pk, items[0].pk])
    client.force_login(make_user())
    assert client.get(address).status_code == 404
    client.force_login(manager)
    page = client.get(address).content.decode()
    assert (
        '<mark class="print-span">Ada</mark><sup>1</sup> met <mark class="print-span">Tom</mark><sup>2</sup>.' in page
    )
    assert '<mark class="print-span">Ada</mark><sup>1</sup> traf Tom.' in page
    assert "Not found in the translation" in page
    assert page.count("undecided") == 2
    assert client.get(reverse("item-print", args=[project.pk, 10**9])).status_code == 404

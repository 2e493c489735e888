"""Local models and projectors as voters, limits, and a panel of all kinds."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import torch

from projection.errors import EngineError
from projection.keyed_file import KeyedFile
from projection.neural import load_model
from projection.neural.causal import score_continuations
from projection.projectors import OneByOne, Projection, SimilarityProjector, Stateless
from projection.types import Candidate, Interval, Item, Segment, Span
from projection.vote.ballots import ABSTAIN, INVALID, LABEL, NOTHING, Ballot, VoterSpec
from projection.vote.limits import NEVER, BudgetError, Gate, Limits, Prices, read_limits
from projection.vote.questions import LabelText, LayerText, Sheet, make_sheet
from projection.vote.running import ask_panel
from projection.vote.voters.asked import AskedVoter
from projection.vote.voters.base import plain_gate
from projection.vote.voters.local import LocalSettings, LocalVoter
from projection.vote.voters.projector import ProjectorVoter, vote_by_candidates
from projection.vote.voters.scripted import Script, ScriptedModel
from tests.projection.tiny_causal import save_gpt2
from tests.projection.tiny_seq2seq import save_t5
from tests.projection.vote.made import LAYERS, NAMES, ROLES, TAGS, TARGET, TOPIC, make_item, make_truth, sheet_of

SPEC = VoterSpec("m", "local", "tiny")


@pytest.fixture(scope="module")
def gpt2(tmp_path_factory: pytest.TempPathFactory) -> str:
    torch.set_num_threads(1)
    return save_gpt2(tmp_path_factory.mktemp("gpt2"))


@pytest.fixture(scope="module")
def t5(tmp_path_factory: pytest.TempPathFactory) -> str:
    source = "Ada lives in Cologne with Ada. -> Text: topic:"
    words = [*TARGET.split(), *source.split(), *TOPIC.names, "N/A", "-"]
    tags = ["<PER>", "</PER>", "<LOC>", "</LOC>"]
    return save_t5(tmp_path_factory.mktemp("t5"), [*words, *tags], n_hidden=16)


# -------------------------------------------------------------------------------------------------------- local models


def test_continuations_are_scored_as_the_model_scores_them_alone(gpt2: str) -> None:
    loaded = load_model(gpt2, task="causal", device="cpu")
    prompts = ["Ada lives in", "A", ""]
    texts = [" Berlin", " Berlin and far away", " x"]
    together = score_continuations(loaded, prompts, texts)
    for prompt, text, score in zip(prompts, texts, together, strict=True):
        before = [0, *loaded.tokenizer(prompt)["input_ids"]]
        after = loaded.tokenizer(text)["input_ids"]
        with torch.inference_mode():
            logits = loaded.model(torch.tensor([before + after])).logits[0].double()
        logs = torch.log_softmax(logits, dim=-1)
        expected = [logs[len(before) - 1 + number, token].item() for number, token in enumerate(after)]
        np.testing.assert_allclose(score.log_probs, expected, atol=1e-4)
    with pytest.raises(EngineError, match="takes 256"):
        score_continuations(loaded, ["x " * 300], [" y"])
    with pytest.raises(EngineError, match="no tokens"):
        score_continuations(loaded, ["x"], [""])


@pytest.mark.parametrize("task", ["causal", "seq2seq"])
def test_a_local_model_votes_on_classes_and_spans(gpt2: str, t5: str, task: str) -> None:
    voter = LocalVoter(SPEC, LocalSettings(gpt2 if task == "causal" else t5, task=task, n_beams=2, device="cpu"))
    sheet = sheet_of(NAMES, TOPIC, TAGS, ROLES)
    ballot = voter.vote(sheet, stop=NEVER)
    votes = {vote.source_id: vote for vote in ballot.votes}
    assert votes["c1"].outcome == LABEL
    assert votes["c1"].span.label in TOPIC.names
    assert votes["c1"].span.intervals == (Interval(0, len(TARGET)),)
    assert 1 / 3 <= votes["c1"].confidence <= 1
    assert {votes[key].reason for key in ("t1", "r1")} == {"not-offered"}
    for key in ("s1", "s2", "s3"):
        assert votes[key].outcome in (LABEL, NOTHING, ABSTAIN)
    assert voter.vote(sheet, stop=NEVER) == ballot
    assert (
        voter.identity["content"]
        == LocalVoter(SPEC, LocalSettings(gpt2 if task == "causal" else t5)).identity["content"]
    )


def test_what_a_model_prefers_without_a_text_is_taken_off(gpt2: str) -> None:
    """By hand: the gain of each label over the mean of its scores after the empty prompts, as shares of exp."""
    template = "Text: {text}\n{layer}:"
    voter = LocalVoter(SPEC, LocalSettings(gpt2, device="cpu", template=template))
    vote = voter.vote(sheet_of(TOPIC), stop=NEVER).votes[0]
    loaded = load_model(gpt2, task="causal", device="cpu")

    def means(text: str) -> np.ndarray:
        prompt = f"Text: {text}\ntopic:"
        scores = score_continuations(loaded, [prompt] * 3, [" travel", " health", " sports"])
        return np.array([score.log_probs.mean() for score in scores])

    gains = np.exp(means(TARGET) - np.mean([means(text) for text in ("N/A", "", "-")], axis=0))
    assert vote.confidence == pytest.approx(gains.max() / gains.sum(), abs=1e-4)
    assert vote.span.label == TOPIC.names[int(gains.argmax())]


def test_a_local_model_abstains_where_it_cannot_tell(gpt2: str) -> None:
    close = LocalVoter(SPEC, LocalSettings(gpt2, device="cpu", min_margin=0.9))
    assert close.vote(sheet_of(TOPIC), stop=NEVER).votes[0].reason == "too-close"
    voter = LocalVoter(SPEC, LocalSettings(gpt2, device="cpu"))
    long = make_sheet(make_item(target="lang " * 300), [TOPIC])
    assert voter.vote(long, stop=NEVER).votes[0].reason == "text-too-long"
    empty = make_sheet(make_item(target=""), [TOPIC])
    assert voter.vote(empty, stop=NEVER).votes[0].reason == "empty-target"
    opened = sheet_of(LayerText("topic", "class"))
    assert voter.vote(opened, stop=NEVER).votes[0].reason == "open-labels"
    with pytest.raises(EngineError, match="no such folder"):
        LocalVoter(SPEC, LocalSettings("/no/such/model")).vote(sheet_of(TOPIC), stop=NEVER)


def test_braces_in_a_text_are_no_places(gpt2: str) -> None:
    voter = LocalVoter(SPEC, LocalSettings(gpt2, device="cpu"))
    sheet = make_sheet(make_item(target="{layer} {source}"), [TOPIC])
    assert voter._prompt(sheet.questions[0], "{layer}", "S") == "Text: {layer}\ntopic:"
    assert voter.vote(sheet, stop=NEVER).votes[0].outcome == LABEL


# ---------------------------------------------------------------------------------------------------------- projectors


class Fixed(OneByOne, Stateless):
    """A projector that gives the candidates it was told."""

    def __init__(self, *candidates: Candidate) -> None:
        self.candidates = candidates
        self.items: list[Item] = []

    def project(self, item: Item) -> Projection:
        self.items.append(item)
        return Projection(item.id, None, self.candidates)


def test_the_best_candidate_is_the_vote() -> None:
    first = Candidate("s1", Span("PER", (Interval(0, 3),), 1, "spans"), 0.4, rank=0, probability=0.9)
    second = Candidate("s1", Span("PER", (Interval(22, 25),), 1, "spans"), 0.3, rank=1)
    place = Candidate("s2", Span("LOC", (Interval(13, 17),), 1, "spans"), 1.05)
    projector = Fixed(second, first, place, Candidate("s3", None, 0.0, reason="no-link"))
    ballot = ProjectorVoter(VoterSpec("p", "projector", "hmm"), projector).vote(sheet_of(*LAYERS), stop=NEVER)
    votes = {vote.source_id: vote for vote in ballot.votes}
    assert (votes["s1"].span.intervals, votes["s1"].span.layer, votes["s1"].confidence) == (
        (Interval(0, 3),),
        "names",
        0.9,
    )
    assert votes["s2"].confidence == 1.0
    assert (votes["s3"].outcome, votes["s3"].reason) == (NOTHING, "no-link")
    assert (votes["c1"].span.label, votes["c1"].span.intervals) == ("travel", (Interval(0, len(TARGET)),))
    assert (votes["t1"].outcome, votes["t1"].reason) == (ABSTAIN, "no-candidate")
    assert (votes["r1"].span.label, votes["r1"].span.intervals) == ("lives-in", ())
    # (0.4 * 1.05) ** 0.5
    assert votes["r1"].confidence == 0.6481
    assert {span.layer for span in projector.items[0].spans} == {"names", "upos", "answers"}


@pytest.mark.parametrize(
    ("reason", "outcome"), [("not-tagged", NOTHING), ("conflict", ABSTAIN), ("item-failed", ABSTAIN)]
)
def test_reasons_say_whether_it_is_nothing_or_an_abstention(reason: str, outcome: str) -> None:
    candidates = [Candidate("s1", None, 0.0, reason=reason), Candidate("s2", None, 0.0, reason=reason)]
    ballot = vote_by_candidates("v", sheet_of(NAMES, ROLES), candidates)
    votes = {vote.source_id: vote for vote in ballot.votes}
    assert (votes["s1"].outcome, votes["s1"].reason) == (outcome, reason)
    assert (votes["r1"].outcome, votes["r1"].reason) == (NOTHING, "ends-unprojected")


def test_an_engine_of_the_library_votes() -> None:
    item = Item(
        "i",
        (Segment("Ada lives in Berlin", "en", "source"), Segment("Ada wohnt in Berlin", "de", "target")),
        (Span("PER", (Interval(0, 3),), 0, "names", "s1"), Span("LOC", (Interval(13, 19),), 0, "names", "s2")),
    )
    voter = ProjectorVoter(VoterSpec("p", "projector", "similarity"), SimilarityProjector())
    ballot = voter.vote(make_sheet(item, [NAMES]), stop=NEVER)
    assert [vote.span.surface("Ada wohnt in Berlin") for vote in ballot.votes] == ["Ada", "Berlin"]


# -------------------------------------------------------------------------------------------------------------- limits


class Clock:
    """A clock that a stop moves on when it is waited for."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now

    def is_set(self) -> bool:
        return False

    def wait(self, timeout: float | None = None) -> bool:
        self.now += timeout or 0.0
        return False


def times(limits: Limits, sizes: Sequence[int]) -> list[float]:
    """When requests of these sizes go, in seconds after the first."""
    clock = Clock()
    gate = Gate(limits, clock=clock)
    found = []
    for size in sizes:
        gate.enter(n_tokens=size, cost=0.0, stop=clock)
        gate.leave(reserved=0.0, cost=0.0)
        found.append(round(clock.now - 100.0, 3))
    return found


def test_requests_and_tokens_are_spread_over_the_minute() -> None:
    assert times(Limits(requests_per_minute=120, n_workers=1), [1] * 5) == [0, 0.5, 1.0, 1.5, 2.0]
    assert times(Limits(requests_per_minute=120, n_workers=3), [1] * 5) == [0, 0, 0, 0.5, 1.0]
    assert times(Limits(tokens_per_minute=600, n_workers=1), [10, 20, 5, 1]) == [0, 1.0, 3.0, 3.5]
    assert times(Limits(requests_per_minute=60, tokens_per_minute=600, n_workers=1), [1, 30, 1]) == [0, 1.0, 4.0]
    assert times(Limits(), [10**6] * 3) == [0, 0, 0]


def test_tokens_beyond_those_announced_are_made_up_for_and_a_pause_holds_all() -> None:
    clock = Clock()
    gate = Gate(Limits(tokens_per_minute=600, n_workers=1), clock=clock)
    gate.enter(n_tokens=10, cost=0.0, stop=clock)
    gate.leave(reserved=0.0, cost=0.0, n_more_tokens=20)
    gate.enter(n_tokens=10, cost=0.0, stop=clock)
    assert clock.now == pytest.approx(103.0)
    gate.pause(7.0)
    gate.enter(n_tokens=0, cost=0.0, stop=clock)
    assert clock.now == pytest.approx(110.0)


def test_money_is_set_aside_before_it_is_spent() -> None:
    gate = Gate(Limits(budget=1.0))
    gate.enter(n_tokens=1, cost=0.6, stop=NEVER)
    gate.leave(reserved=0.6, cost=0.3)
    gate.enter(n_tokens=1, cost=0.7, stop=NEVER)
    gate.leave(reserved=0.7, cost=0.5)
    assert gate.spent == pytest.approx(0.8)
    with pytest.raises(BudgetError, match=r"0\.8000 of the budget of 1 are spent"):
        gate.enter(n_tokens=1, cost=0.3, stop=NEVER)
    assert Prices(1.0, 2.0).cost(1_000_000, 500_000) == 2.0


def test_a_stop_ends_waiting() -> None:
    stop = threading.Event()
    gate = Gate(Limits(requests_per_minute=1, n_workers=1))
    gate.enter(n_tokens=1, cost=0.0, stop=stop)
    threading.Timer(0.05, stop.set).start()
    with pytest.raises(EngineError, match="stopped"):
        gate.enter(n_tokens=1, cost=0.0, stop=stop)


def test_wrong_limits_are_refused() -> None:
    for settings in ({"n_workers": 0}, {"budget": -1}, {"requests_per_minute": "many"}):
        with pytest.raises(EngineError) as caught:
            read_limits(settings)
        assert caught.value.problem.code == "bad-setting"
    assert read_limits({"budget": 2, "n_workers": 3}) == Limits(budget=2.0, n_workers=3)


# ------------------------------------------------------------------------------------------------------------- running


class Faulty:
    """A voter with a fault of its own on one item."""

    spec = VoterSpec("f", "scripted", "toy")
    identity = None

    def __init__(self) -> None:
        self.gate = plain_gate()

    def vote(self, sheet: Sheet, *, stop: object) -> Ballot:
        if sheet.item.id == "i1":
            raise ZeroDivisionError(sheet.item.target.text)
        return vote_by_candidates("f", sheet, ())


def test_a_fault_of_a_voter_costs_one_item_and_tells_no_text() -> None:
    sheets = [sheet_of(TOPIC, item_id=f"i{number}") for number in range(3)]
    result = ask_panel([Faulty()], sheets)
    assert [vote.reason for ballot in result.ballots for vote in ballot.votes] == ["", "voter-failed", ""]
    (problem,) = result.ballots[1].problems
    assert result.ballots[1].votes[0].outcome == INVALID
    assert "ZeroDivisionError" in problem.message
    assert TARGET not in str(problem)


def test_a_panel_of_all_kinds_keeps_its_order(gpt2: str, tmp_path: Path) -> None:
    sheets = [sheet_of(NAMES, TOPIC, item_id=f"i{number}") for number in range(4)]
    truth = {key: span for number in range(4) for key, span in make_truth(f"i{number}").items()}
    scripted = AskedVoter(VoterSpec("s", "scripted", "toy"), ScriptedModel(Script(truth)))
    local = LocalVoter(SPEC, LocalSettings(gpt2, n_beams=2, device="cpu"))
    fixed = Fixed(Candidate("s1", Span("PER", (Interval(0, 3),), 1), 0.4))
    projector = ProjectorVoter(VoterSpec("p", "projector", "fixed"), fixed, identity={"kind": "fixed"})
    with KeyedFile(tmp_path / "kept.db", table="ballots", what="cache of ballots") as cache:
        first = ask_panel([projector, scripted, local], sheets, cache=cache)
        again = ask_panel([projector, scripted, local], sheets, cache=cache)
        assert len(cache) == 8
    assert [(each.item_id, each.voter_id) for each in first.ballots] == [
        (f"i{number}", voter) for number in range(4) for voter in ("p", "s", "m")
    ]
    assert [ballot.votes for ballot in again.ballots] == [ballot.votes for ballot in first.ballots]
    assert len(fixed.items) == 4
    with pytest.raises(EngineError, match="same id"):
        ask_panel([projector, projector], sheets)


def test_labels_without_tagset_are_open() -> None:
    assert LayerText("x", "class").names == ()
    assert NAMES.label("PER") == LabelText("PER", "a person", "Person")
    assert NAMES.label("FOOD") == LabelText("FOOD")

"""A panel at work: all voters at once, each within its limits; what goes wrong with one leaves the others alone."""

from __future__ import annotations

import json
import queue
import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace

from projection.errors import EngineError, Problem
from projection.formats.fields import BadRecordError
from projection.remote import RejectedError
from projection.vote.ballots import INVALID, Ballot, Usage
from projection.vote.limits import BudgetError
from projection.vote.questions import Sheet
from projection.vote.records import read_ballot, write_ballot
from projection.vote.voters.base import ReplyCache, Voter, content_key, empty_ballot

_LOOK_S = 0.1
# No other item would fare better with this voter.
_ENDS = frozenset({"remote-refused", "no-key", "bad-url", "no-prompt", "budget-spent"})


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is.

    Attributes:
        n_done: ballots that are there, those included that were there before.
        n_total: ballots that are wanted.
        n_left: items that a voter could not be asked about so far.
        cost: of what was asked in this run.
        seconds: requests of this run took so long, summed over threads.
        stopped: voters that are not asked any more.
    """

    n_done: int
    n_total: int
    n_left: int
    cost: float
    seconds: float
    stopped: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Left:
    """An item that a voter gave no ballot on, and why; asking again may help."""

    item_id: str
    voter_id: str
    problem: Problem


@dataclass(frozen=True, slots=True)
class PanelResult:
    """What a run gave.

    Attributes:
        ballots: by item in the order of the sheets, and for each by voter in the order of the panel.
        left: what got no ballot, in the same order.
        stopped: by voter, why it was not asked any more.
        usage: by voter, of this run.
        is_cancelled: whether the caller ended it.
    """

    ballots: tuple[Ballot, ...]
    left: tuple[Left, ...] = ()
    stopped: Mapping[str, Problem] = field(default_factory=dict)
    usage: Mapping[str, Usage] = field(default_factory=dict)
    is_cancelled: bool = False


def ask_panel(
    voters: Sequence[Voter],
    sheets: Sequence[Sheet],
    *,
    done: Collection[tuple[str, str]] = (),
    cache: ReplyCache | None = None,
    on_ballot: Callable[[Ballot], None] = lambda _: None,
    progress: Callable[[Progress], None] = lambda _: None,
    is_cancelled: Callable[[], bool] = lambda: False,
) -> PanelResult:
    """Ask each voter about each item.

    The result does not depend on the order in which answers come. A voter that is refused, whose budget is spent, or
    that fails as often in a row as its limits allow is not asked any more; the other voters go on. An error of a voter
    on one item, or a request that its endpoint rejects, makes an invalid ballot with the reason.

    Args:
        voters: with ids of their own.
        sheets: one for each item.
        done: (item id, voter id) of ballots that the caller has; they are not asked for again.
        cache: keeps ballots of voters that do not keep their own replies.
        on_ballot: gets each ballot as soon as it is there, in the calling thread.
        progress: is called after each ballot and item left, in the calling thread.
        is_cancelled: is asked several times a second; requests under way end, and no other is begun.

    Raises:
        EngineError: `bad-panel` for two voters with one id.
    """
    ids = [voter.spec.id for voter in voters]
    if len(set(ids)) != len(ids):
        raise EngineError(Problem("bad-panel", "Two voters have the same id.", "Give each its own."))
    run = _Run(voters, sheets, set(done), cache)
    return run.run(on_ballot, progress, is_cancelled)


@dataclass
class _Desk:
    """One voter at work."""

    voter: Voter
    stop: threading.Event = field(default_factory=threading.Event)
    n_failures: int = 0
    problem: Problem | None = None
    usage: Usage = field(default_factory=Usage)


class _Run:
    def __init__(
        self, voters: Sequence[Voter], sheets: Sequence[Sheet], done: set[tuple[str, str]], cache: ReplyCache | None
    ) -> None:
        self._desks = [_Desk(voter) for voter in voters]
        self._sheets = sheets
        self._done = done
        self._cache = cache
        self._results: queue.SimpleQueue[tuple[_Desk, Sheet, Ballot | Problem]] = queue.SimpleQueue()
        self._lock = threading.Lock()

    def run(
        self,
        on_ballot: Callable[[Ballot], None],
        progress: Callable[[Progress], None],
        is_cancelled: Callable[[], bool],
    ) -> PanelResult:
        ballots: dict[tuple[str, str], Ballot] = {}
        left: dict[tuple[str, str], Problem] = {}
        was_cancelled = False
        todo = [(desk, sheet) for sheet in self._sheets for desk in self._desks if self._is_open(desk, sheet)]
        n_total = len(self._sheets) * len(self._desks)
        n_before = n_total - len(todo)
        pools = {id(desk): ThreadPoolExecutor(max_workers=desk.voter.gate.limits.n_workers) for desk in self._desks}
        try:
            for desk, sheet in todo:
                pools[id(desk)].submit(self._work, desk, sheet)
            for _ in range(len(todo)):
                desk, sheet, result = self._next(is_cancelled)
                key = sheet.item.id, desk.voter.spec.id
                if isinstance(result, Ballot):
                    ballots[key] = result
                    on_ballot(result)
                else:
                    left[key] = result
                progress(self._progress(n_before + len(ballots), n_total, len(left)))
            was_cancelled = any(desk.stop.is_set() and desk.problem is None for desk in self._desks)
        finally:
            for desk in self._desks:
                desk.stop.set()
            for pool in pools.values():
                pool.shutdown(wait=True, cancel_futures=True)
        return self._result(ballots, left, is_cancelled=was_cancelled)

    def _is_open(self, desk: _Desk, sheet: Sheet) -> bool:
        return (sheet.item.id, desk.voter.spec.id) not in self._done

    def _next(self, is_cancelled: Callable[[], bool]) -> tuple[_Desk, Sheet, Ballot | Problem]:
        while True:
            if is_cancelled():
                for desk in self._desks:
                    desk.stop.set()
            try:
                return self._results.get(timeout=_LOOK_S)
            except queue.Empty:
                continue

    # ----------------------------------------------------------------------------------------------- in the threads

    def _work(self, desk: _Desk, sheet: Sheet) -> None:
        """Ask about one item; whatever happens, a result comes of it."""
        try:
            result = self._answer(desk, sheet)
        except Exception as err:
            # A fault of our own must not take the other items along.
            result = self._invalid(desk, sheet, _fault_of(err), "voter-failed")
        self._results.put((desk, sheet, result))

    def _answer(self, desk: _Desk, sheet: Sheet) -> Ballot | Problem:
        if desk.stop.is_set():
            return desk.problem or Problem("stopped", "The work was stopped.", "Start it again.")
        try:
            ballot = self._kept(desk.voter, sheet) or self._asked(desk, sheet)
        except RejectedError as err:
            self._note(desk, None)
            return self._invalid(desk, sheet, err.problem, "request-rejected")
        except EngineError as err:
            return self._failed(desk, err)
        self._note(desk, None)
        with self._lock:
            desk.usage = _added(desk.usage, ballot.usage)
        return ballot

    def _failed(self, desk: _Desk, err: EngineError) -> Problem:
        """Count a failure; end the voter's work where no other item would fare better."""
        problem = err.problem
        if problem.code in ("stopped", "not-recorded"):
            return problem
        self._note(desk, problem, ends=err.is_general or problem.code in _ENDS or isinstance(err, BudgetError))
        return problem

    def _note(self, desk: _Desk, problem: Problem | None, *, ends: bool = False) -> None:
        with self._lock:
            if problem is None:
                desk.n_failures = 0
                return
            desk.n_failures += 1
            n_most = desk.voter.gate.limits.max_failures
            if desk.problem is not None or not (ends or desk.n_failures >= n_most):
                return
            if not ends:
                fault = f"{n_most} requests failed in a row. The last one: {problem.message}"
                problem = Problem("remote-down", fault, "Try again later; what was answered is kept.")
            desk.problem = problem
            desk.stop.set()

    def _invalid(self, desk: _Desk, sheet: Sheet, problem: Problem, reason: str) -> Ballot:
        ballot = empty_ballot(desk.voter.spec.id, sheet, reason=reason, outcome=INVALID)
        return replace(ballot, problems=(replace(problem, item_id=sheet.item.id),))

    def _kept(self, voter: Voter, sheet: Sheet) -> Ballot | None:
        """The ballot that the cache has for a voter that keeps nothing itself."""
        if self._cache is None or voter.identity is None:
            return None
        kept = self._cache.get([_key(voter, sheet)])
        for value in kept.values():
            try:
                ballot = read_ballot(json.loads(value))
            except (ValueError, BadRecordError):
                return None
            return replace(ballot, voter_id=voter.spec.id, usage=Usage())
        return None

    def _asked(self, desk: _Desk, sheet: Sheet) -> Ballot:
        voter = desk.voter
        ballot = voter.vote(sheet, stop=desk.stop)
        if self._cache is not None and voter.identity is not None:
            value = json.dumps(write_ballot(ballot), ensure_ascii=True)
            self._cache.put({_key(voter, sheet): (sheet.item.id, value)})
        return ballot

    # ----------------------------------------------------------------------------------------------------- results

    def _progress(self, n_done: int, n_total: int, n_left: int) -> Progress:
        with self._lock:
            usages = [desk.usage for desk in self._desks]
            stopped = tuple(desk.voter.spec.id for desk in self._desks if desk.problem is not None)
        cost, seconds = sum(each.cost for each in usages), sum(each.seconds for each in usages)
        return Progress(n_done, n_total, n_left, cost, seconds, stopped)

    def _result(
        self,
        ballots: Mapping[tuple[str, str], Ballot],
        left: Mapping[tuple[str, str], Problem],
        *,
        is_cancelled: bool,
    ) -> PanelResult:
        keys = [(sheet.item.id, desk.voter.spec.id) for sheet in self._sheets for desk in self._desks]
        return PanelResult(
            ballots=tuple(ballots[key] for key in keys if key in ballots),
            left=tuple(Left(*key, left[key]) for key in keys if key in left),
            stopped={desk.voter.spec.id: desk.problem for desk in self._desks if desk.problem is not None},
            usage={desk.voter.spec.id: desk.usage for desk in self._desks},
            is_cancelled=is_cancelled,
        )


def _key(voter: Voter, sheet: Sheet) -> str:
    return content_key(voter.identity, repr(sheet))


def _fault_of(err: Exception) -> Problem:
    """The kind of an error, without its words: these may hold texts."""
    fault = f"The voter failed on the item ({type(err).__name__})."
    return Problem("voter-failed", fault, "This is a fault of the program: report it.")


def _added(one: Usage, other: Usage) -> Usage:
    return Usage(*(getattr(one, name) + getattr(other, name) for name in Usage.__slots__))

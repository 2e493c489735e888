"""Ballots a second through the whole path of a chat voter, against what its limits allow; run it by hand:

    PYTHONPATH=. python tests/benchmarks/bench_voting.py [ballots] [latency in seconds] [workers ...]

A server in a process of its own answers each request after the latency. What the limits allow is workers / latency
requests a second, or the rate limit where that is lower. Printed is the share of it that is reached, and the CPU time
that this process takes for a ballot. Afterwards a repeated run from the cache, which must ask nothing.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from projection.keyed_file import KeyedFile
from projection.remote import Endpoint
from projection.vote.ballots import VoterSpec
from projection.vote.limits import Limits
from projection.vote.questions import Sheet, make_sheet
from projection.vote.running import ask_panel
from projection.vote.voters.asked import AskedVoter
from projection.vote.voters.chat import ChatModel, ChatSettings
from tests.projection.vote.made import TOPIC, make_item


def make_sheets(n_items: int) -> list[Sheet]:
    return [make_sheet(make_item(f"i{number}", target=f"Text {number}."), [TOPIC]) for number in range(n_items)]


def run(url: str, sheets: list[Sheet], *, n_workers: int, rate: float, latency_s: float) -> None:
    allowed = min(n_workers / latency_s, rate / 60 or float("inf"))
    with tempfile.TemporaryDirectory() as folder, KeyedFile(Path(folder) / "c", table="r", what="cache") as cache:
        for name in ("asked", "cached"):
            limits = Limits(requests_per_minute=rate, n_workers=n_workers)
            model = ChatModel(ChatSettings(Endpoint("tiny", url), limits=limits))
            voter = AskedVoter(VoterSpec("v", "chat", "toy"), model, cache=cache)
            began, cpu = time.perf_counter(), time.process_time()
            result = ask_panel([voter], sheets)
            seconds, cpu = time.perf_counter() - began, time.process_time() - cpu
            n_asked = sum(ballot.usage.n_requests for ballot in result.ballots)
            reached = len(result.ballots) / seconds
            share = f"  {100 * reached / allowed:5.1f} % of {allowed:.0f} allowed" if name == "asked" else ""
            each = f"{reached:.0f}/s, {1000 * cpu / len(sheets):.2f} CPU ms each"
            print(
                f"{n_workers:3d} workers, rate {rate:g}/min, {name}: {len(result.ballots)} ballots, "
                f"{n_asked} requests, {seconds:.1f} s, {each}{share}",
                flush=True,
            )


def main() -> None:
    n_items = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    latency_s = float(sys.argv[2]) if len(sys.argv) > 2 else 0.02
    workers = [int(each) for each in sys.argv[3:]] or [1, 4, 8]
    os.environ["NO_PROXY"] = "127.0.0.1"
    command = [sys.executable, "-m", "tests.chat_server", "--delay", str(latency_s)]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        url = (server.stdout.readline() if server.stdout else "").strip()
        sheets = make_sheets(n_items)
        for n_workers in workers:
            asked = sheets if n_workers > 1 else sheets[: n_items // 10]
            run(url, asked, n_workers=n_workers, rate=0, latency_s=latency_s)
        run(url, sheets[:1200], n_workers=4, rate=3600, latency_s=latency_s)
    finally:
        server.terminate()
        server.wait(timeout=10)


if __name__ == "__main__":
    main()

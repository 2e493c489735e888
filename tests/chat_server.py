"""A server on this machine that speaks the OpenAI protocol over HTTP, and misbehaves as it is told.

`python -m tests.chat_server --delay 0.02` runs one that labels everything with the first label it is offered.
"""

from __future__ import annotations

import argparse
import json
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Any

Body = dict[str, Any]


@dataclass
class Script:
    """What the server does: for each request the next planned reply, and then what `answer` or `translate` gives.

    A planned reply is a status, (status, headers), (status, message), "slow" for an answer that comes too late, "cut"
    for one that breaks off, "garbage" for a body that is no JSON, "odd" for JSON that is no answer of the protocol.
    `refuses` are names of fields of requests that get status 400 whenever they come: `json_schema`, `tools`,
    `json_object`, `seed`, ...
    """

    translate: Callable[[str], str] = str.upper
    answer: Callable[[Body], str] | None = None
    plan: list[Any] = field(default_factory=list)
    refuses: set[str] = field(default_factory=set)
    finish: str = "stop"
    delay_s: float = 1.0
    latency_s: float = 0.0
    requests: list[Body] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    n_at_once: int = 0
    most_at_once: int = 0
    is_recording: bool = True
    lock: Lock = field(default_factory=Lock)

    def text(self, body: Body) -> str:
        return self.answer(body) if self.answer else self.translate(body["messages"][-1]["content"])

    @property
    def answered(self) -> list[Body]:
        """Requests that got an answer, in the order in which they came."""
        return [body for body, status in zip(self.requests, self.statuses, strict=True) if status == 200]


def questions_of(body: Body) -> list[str]:
    """Names of the questions that a request asks."""
    line = body["messages"][-1]["content"].rsplit("Answer these questions: ", 1)[-1]
    return [name.strip(" .") for name in line.split(",")]


def label_all(label: str | None = None) -> Callable[[Body], str]:
    """Answers each question with one label, by default the first one of the list."""

    def answer(body: Body) -> str:
        user = body["messages"][-1]["content"]
        first = re.search(r"^- ([^:(\n]+)", user, re.MULTILINE)
        said = label or (first[1].strip() if first else "none")
        answers = [{"id": name, "outcome": "label", "label": said, "confidence": 0.5} for name in questions_of(body)]
        return json.dumps({"answers": answers})

    return answer


def _refused(script: Script, body: Body) -> str | None:
    shape = (body.get("response_format") or {}).get("type", "")
    return next((name for name in sorted(script.refuses) if name in body or name == shape), None)


def _make_answer(script: Script, body: Body) -> Body:
    text = script.text(body)
    message: Body = {"role": "assistant", "content": text}
    if "tools" in body:
        call = {"id": "c1", "type": "function", "function": {"name": "answer", "arguments": text}}
        message = {"role": "assistant", "content": None, "tool_calls": [call]}
    n_sent = sum(len(each["content"]) for each in body["messages"]) // 4
    return {
        "id": "1", "object": "chat.completion", "created": 0, "model": body["model"],
        "choices": [{"index": 0, "message": message, "finish_reason": script.finish}],
        "usage": {"prompt_tokens": n_sent, "completion_tokens": 10, "total_tokens": n_sent + 10},
    }  # fmt: skip


class _Handler(BaseHTTPRequestHandler):
    script: Script
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        with self.script.lock:
            planned = self.script.plan.pop(0) if self.script.plan else 200
            refused = _refused(self.script, body)
            if planned == 200 and refused:
                planned = (400, f"{refused} is not supported")
            self.script.n_at_once += 1
            self.script.most_at_once = max(self.script.most_at_once, self.script.n_at_once)
            if self.script.is_recording:
                self.script.requests.append({"path": self.path, **body})
                self.script.keys.append(self.headers["Authorization"])
                status = planned[0] if isinstance(planned, tuple) else planned
                self.script.statuses.append(200 if status == "slow" else status if isinstance(status, int) else 0)
        try:
            self._reply(body, planned)
        except OSError:
            pass  # The client did not wait.
        finally:
            with self.script.lock:
                self.script.n_at_once -= 1

    def _reply(self, body: Body, planned: Any) -> None:
        time.sleep(self.script.delay_s if planned == "slow" else self.script.latency_s)
        status, more = planned if isinstance(planned, tuple) else (planned, {})
        headers, said = (more, f"planned {status}") if isinstance(more, dict) else ({}, more)
        if status in ("slow", "cut", "garbage", "odd"):
            status, said = 200, str(status)
        answer = _make_answer(self.script, body) if status == 200 else {"error": {"message": said}}
        if said == "odd":
            answer = {"choices": "none", "usage": [1]}
        sent = b"<html>busy" if said == "garbage" else json.dumps(answer).encode()
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", "Content-Length": len(sent), **headers}.items():
            self.send_header(name, str(value))
        self.end_headers()
        self.wfile.write(sent[: len(sent) // 2] if said == "cut" else sent)
        if said == "cut":
            self.close_connection = True
            self.connection.close()

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


class _Server(ThreadingHTTPServer):
    request_queue_size = 256
    daemon_threads = True

    def handle_error(self, *_: Any) -> None:
        """Say nothing about clients that went away."""


@contextmanager
def serve(script: Script, *, port: int = 0) -> Iterator[str]:
    """Run the server; gives its base URL."""

    handler = type("Handler", (_Handler,), {"script": script})
    server = _Server(("127.0.0.1", port), handler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1"
    finally:
        server.shutdown()
        server.server_close()
        thread.join(timeout=5)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--delay", type=float, default=0.0)
    parser.add_argument("--port", type=int, default=0)
    options = parser.parse_args()
    with serve(Script(answer=label_all(), latency_s=options.delay, is_recording=False), port=options.port) as address:
        print(address, flush=True)
        while True:
            time.sleep(3600)

"""A server on this machine that speaks just enough of the OpenAI protocol to test with."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Any


@dataclass
class Script:
    """What the server does: for each request the next planned reply, and then what `translate` gives.

    A planned reply is a status, (status, headers), or "slow" for an answer that comes too late.
    """

    translate: Callable[[str], str] = str.upper
    plan: list[Any] = field(default_factory=list)
    finish: str = "stop"
    delay_s: float = 1.0
    requests: list[dict[str, Any]] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    lock: Lock = field(default_factory=Lock)


@contextmanager
def serve(script: Script) -> Iterator[str]:
    """Run the server; gives its base URL."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            with script.lock:
                script.requests.append({"path": self.path, **body})
                script.keys.append(self.headers["Authorization"])
                planned = script.plan.pop(0) if script.plan else 200
            if planned == "slow":
                time.sleep(script.delay_s)
                planned = 200
            status, headers = planned if isinstance(planned, tuple) else (planned, {})
            text = script.translate(body["messages"][-1]["content"])
            message = {"role": "assistant", "content": text}
            answer = {
                "id": "1", "object": "chat.completion", "created": 0, "model": body["model"],
                "choices": [{"index": 0, "message": message, "finish_reason": script.finish}],
            }  # fmt: skip
            sent = json.dumps(answer if status == 200 else {"error": {"message": f"planned {status}"}}).encode()
            try:
                self.send_response(status)
                for name, value in {"Content-Type": "application/json", "Content-Length": len(sent), **headers}.items():
                    self.send_header(name, str(value))
                self.end_headers()
                self.wfile.write(sent)
            except OSError:
                pass  # The client did not wait.

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1"
    finally:
        server.shutdown()
        server.server_close()
        thread.join(timeout=5)

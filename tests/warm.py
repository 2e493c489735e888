"""Runs Python lines in the application without loading it each time: loads it once, then forks for each request.

Started by `tests.stack` as `python -m tests.warm SOCKET`. A request is one JSON line, {"code", "given"}; the answer one
JSON line, {"result"} or {"error"}. Each request has a process, and so a connection to the database, of its own.
"""

from __future__ import annotations

import json
import socketserver
import sys
import traceback
from typing import Any

import django


class Handler(socketserver.StreamRequestHandler):
    """In the forked process: runs the lines of one request."""

    def handle(self) -> None:
        asked = json.loads(self.rfile.readline())
        names: dict[str, Any] = {"__name__": "__main__", "json": json, "given": asked["given"], "result": None}
        try:
            exec(compile(asked["code"], "<test>", "exec"), names)
            answer = {"result": names["result"]}
        except BaseException:
            answer = {"error": traceback.format_exc()}
        self.wfile.write(json.dumps(answer, default=str).encode() + b"\n")


class Server(socketserver.ForkingMixIn, socketserver.UnixStreamServer):
    """Answers any number of requests at once."""

    max_children = 64
    request_queue_size = 64


if __name__ == "__main__":
    django.setup()
    with Server(sys.argv[1], Handler) as server:
        print("ready", flush=True)
        server.serve_forever()

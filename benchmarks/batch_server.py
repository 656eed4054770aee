"""A loopback server that speaks OpenAI's files and batches: fixed replies, faults on demand.

    python benchmarks/batch_server.py --reply FILE [--port 8078] [--batches expired,completed] [--mix 500:0.1,faulty:0.1]
                                      [--polls 1] [--seed 1]

`--batches` names what becomes of each batch in turn, the last name for all that follow: `completed`, `expired` and
`cancelled` (every second request answered), `failed` (as a file that is refused), `no-credit` (every second request
refused), `nothing` (completed, every request failed, no output file), `forever`. `--mix` draws what single requests meet:
the names of `fault_server.py` that are answers or errors, and `lost` (no line at all). A batch is in progress for `--polls`
looks. Results come in reversed order. `GET /stats` counts files, batches, requests and answers, and those paid for twice.
"""

from __future__ import annotations

import argparse
import json
import threading
import time
from collections import Counter
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import fault_server

HALVES = ("expired", "cancelled", "no-credit")
CODES = {"expired": "batch_expired", "cancelled": "batch_cancelled", "no-credit": "insufficient_quota"}


class Provider:
    """Files and batches, in memory."""

    def __init__(self, args: argparse.Namespace) -> None:
        self.model = fault_server.Server(args)
        self.endings = args.batches.split(",")
        self.polls = args.polls
        self.refusal = args.refuse
        self.files: dict[str, bytes] = {}
        self.batches: dict[str, dict[str, Any]] = {}
        self.looks: Counter[str] = Counter()
        self.stats: Counter[str] = Counter()
        self.paid: Counter[str] = Counter()
        self.lock = threading.Lock()

    def keep(self, data: bytes) -> str:
        """Keep a file; returns its id."""
        id_ = f"file-{len(self.files) + 1}"
        self.files[id_] = data
        return id_

    def make(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Make a batch of a file."""
        number = len(self.batches)
        self.stats["batches"] += 1
        made = {
            **{name: asked.get(name) for name in ("endpoint", "input_file_id", "completion_window", "metadata")},
            **dict.fromkeys(("output_file_id", "error_file_id", "errors")),
            "id": f"batch_{number + 1}",
            "object": "batch",
            "created_at": int(time.time()),
            "status": "validating",
            "ending": self.endings[min(number, len(self.endings) - 1)],
        }
        self.batches[made["id"]] = made
        return made

    def look(self, id_: str) -> dict[str, Any]:
        """Say how a batch is; it ends after some looks."""
        batch = self.batches[id_]
        self.looks[id_] += 1
        if batch["status"] == "validating":
            batch["status"] = "in_progress"
        if batch["status"] == "in_progress" and batch["ending"] != "forever" and self.looks[id_] > self.polls:
            self.end(batch, batch["ending"])
        return batch

    def end(self, batch: dict[str, Any], ending: str) -> None:
        """End a batch, with its files."""
        batch["status"] = "completed" if ending in ("no-credit", "nothing") else ending
        if ending == "failed":
            batch["errors"] = {"object": "list", "data": [{"code": "token_limit_exceeded", "message": "Too many tokens wait."}]}
            return
        lines = [json.loads(line) for line in self.files[batch["input_file_id"]].splitlines()]
        results = [self.result(line, ending, number % 2 == 1) for number, line in enumerate(lines)]
        met = [one for one in reversed(results) if one]
        good = [one for one in met if one["response"] and one["response"]["status_code"] == 200]
        for name, some in (("output", good), ("error", [one for one in met if one not in good])):
            if some:
                batch[f"{name}_file_id"] = self.keep("".join(f"{json.dumps(one)}\n" for one in some).encode())
        batch["request_counts"] = {"total": len(lines), "completed": len(good), "failed": len(lines) - len(good)}

    def result(self, line: dict[str, Any], ending: str, is_second: bool) -> dict[str, Any] | None:
        """What becomes of one request."""
        self.stats["requests"] += 1
        found = {"id": f"r{self.stats['requests']}", "custom_id": line["custom_id"], "response": None, "error": None}
        if ending in HALVES and is_second:
            return {**found, "error": {"code": CODES[ending], "message": f"This request was not answered: {CODES[ending]}."}}
        name = "500" if ending == "nothing" else self.model.behaviour("")
        if name == "lost":
            return None
        if name in fault_server.ERRORS:
            status, _, message = fault_server.ERRORS[name]
            body: dict[str, Any] = {"error": {"message": message, "type": "injected", "code": name, "param": None}}
        else:
            self.stats["answers"] += 1
            self.paid[line["custom_id"]] += 1
            status, body = 200, self.model.answer_to(line["url"], {**line["body"], "key": ""}, name)
        return {**found, "response": {"status_code": status, "request_id": found["id"], "body": body}}


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    provider: Provider

    def log_message(self, *args: object) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        """Send a file, a batch, the list of them, or the counts."""
        with self.provider.lock:
            match self.path.split("?")[0].strip("/").split("/")[-3:]:
                case ["files", id_, "content"]:
                    self.reply(self.provider.files[id_])
                case [*_, "batches"]:
                    listed = sorted(self.provider.batches.values(), key=lambda batch: -int(batch["id"].split("_")[1]))
                    self.reply({"object": "list", "data": listed, "has_more": False})
                case [*_, "batches", id_]:
                    self.reply(self.provider.look(id_))
                case _:
                    twice = sum(count > 1 for count in self.provider.paid.values())
                    self.reply({**self.provider.stats, "twice": twice, "stored": len(self.provider.files)})

    def do_POST(self) -> None:
        """Take a file, make a batch, or cancel one."""
        body = self.rfile.read(int(self.headers["content-length"]))
        if self.provider.refusal:
            _, _, message = fault_server.ERRORS[self.provider.refusal]
            self.reply({"error": {"message": message, "code": self.provider.refusal}}, int(self.provider.refusal))
            return
        with self.provider.lock:
            match self.path.strip("/").split("/")[-3:]:
                case [*_, "files"]:
                    self.provider.stats["files"] += 1
                    boundary = self.headers["content-type"].split("boundary=")[1].strip('"').encode()
                    self.reply({"id": self.provider.keep(_file_in(body, boundary)), "object": "file", "purpose": "batch"})
                case [*_, "batches"]:
                    self.reply(self.provider.make(json.loads(body)))
                case ["batches", id_, "cancel"]:
                    batch = self.provider.batches[id_]
                    self.provider.end(batch, "cancelled")
                    self.reply(batch)

    def reply(self, content: bytes | dict[str, Any], status: int = 200) -> None:
        """Send one response."""
        data = content if isinstance(content, bytes) else json.dumps(content).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


def _file_in(body: bytes, boundary: bytes) -> bytes:
    """The file of a form."""
    return next(part for part in _parts(body, boundary) if b'name="file"' in part[0])[1]


def _parts(body: bytes, boundary: bytes) -> Iterator[tuple[bytes, bytes]]:
    for part in body.split(b"--" + boundary):
        head, mark, data = part.partition(b"\r\n\r\n")
        if mark:
            yield head, data.removesuffix(b"\r\n")


def main() -> None:
    """Serve until killed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--reply", required=True)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--batches", default="completed")
    parser.add_argument("--mix", default="")
    parser.add_argument("--polls", type=int, default=1)
    parser.add_argument("--refuse", default="", help="answer all that is sent with this status, such as 401")
    parser.add_argument("--seed", type=int, default=1)
    parser.set_defaults(latency=0.0, pace=0.0, rpm=0, minute=60.0, retry_after=0.0)
    args = parser.parse_args()
    Handler.provider = Provider(args)
    server = ThreadingHTTPServer(("127.0.0.1", args.port), Handler)
    print(server.server_address[1], flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()

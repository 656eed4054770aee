"""A loopback server that speaks OpenAI's, Ollama's and Anthropic's APIs: a fixed reply, a fixed latency, faults on demand.

    python benchmarks/fault_server.py --reply FILE [--port 8077] [--latency 0.05] [--mix 429:0.1,500:0.05] [--seed 1]
                                      [--rpm 300] [--minute 60] [--retry-after 5]

It speaks chat completions, `/v1/responses`, Ollama's chat and Anthropic's messages, and prints its port on the first line.
The path before `/v1` or `/api` names what each request in turn meets, the last name for all that follow:
`/garbage,good/any-name/v1/chat/completions` answers once with garbage, then well. Without such a path, faults are drawn
from `--mix`, and with `--rpm` all that goes over the limit meets a 429. `GET /stats` counts what was asked and answered.

A window of a long article is answered with what Edvard Osk and Ines Calloway say in it, and merged items with a summary.
An article that says “Dispatch” and a word is named: the summary of its answers begins with these words, and
`GET /met/WORD` lists what it met.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import re
import time
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

ERRORS = {
    "400": (400, "Bad Request", "Unknown parameter."),
    "401": (401, "Unauthorized", "Incorrect API key provided."),
    "404": (404, "Not Found", "The model does not exist."),
    "context": (400, "Bad Request", "This model's maximum context length is 8192 tokens. Please reduce the length."),
    "429": (429, "Too Many Requests", "Rate limit reached."),
    "other-key": (400, "Bad Request", "Upstream refused sk-live-0123456789abcdef0123."),
    "quota": (429, "Too Many Requests", "You exceeded your current quota."),
    "500": (500, "Internal Server Error", "The server had an error."),
}
# Replies of no known shape, as they are sent.
SHAPES = {
    "no-choices": '{"choices": []}',
    "null-choices": '{"choices": null}',
    "array": "[1, 2]",
    "string": '"hello"',
    "number": "7",
    "object": "{}",
    "html": "<html><body>Welcome to the proxy</body></html>",
    "not-json": "{'choices':",
}
# Statuses under which `echo-NNN` sends back the key that it was given; 200 has it as the name of the model, too.
ECHO = "echo-"
# What Ollama says of its models.
OLLAMA: dict[str, Any] = {
    "/api/tags": {"models": [{"model": "fault:latest", "name": "fault:latest", "digest": "0"}]},
    "/api/show": {"capabilities": ["completion"], "details": {}, "model_info": {}},
}
# An answer in langextract's own form, for the benchmark beside it.
LANGEXTRACT = json.dumps(
    {
        "extractions": [
            {"position": "“should fall by a third.”", "position_attributes": {"actor": "Edvard Osk"}},
            {"position": "“Ketter will not lower its tolls,”", "position_attributes": {"actor": "Ines Calloway"}},
        ]
    }
)
NAMED = re.compile(r"Dispatch ([a-z]+)\b")
GARBAGE = "I am sorry, here is what I found: {actors: ["
# An item with what Python's json reads as numbers and no other reader does, and integers that are too long.
NO_NUMBERS = '{"evidence": [NaN, 1e999, -Infinity, {"deep": [NaN]}, null, %s], "issue": -1e999, "quotes": {"q": NaN}}' % (
    "9" * 300
)
SLOW = 30  # seconds
PIECE = 16  # characters of an event in a stream
MEGABYTE = 1_000_000


def verdicts(*numbers: int) -> str:
    """A second reading's answer: a verdict for each claim in turn."""
    return json.dumps({"verdicts": [{"claim": claim, "verdict": number} for claim, number in enumerate(numbers, start=1)]})


WINDOW = re.compile(r"<<article [0-9a-f]{8}, window \d+ of \d+>>\n(.*?)\n<<end", re.DOTALL)
SUMMARY = json.dumps({"summary": "Osk wants the tolls to fall, and Calloway does not."})
SPEAKERS = (("Edvard Osk", "support", "Osk wants the tolls to fall."), ("Ines Calloway", "oppose", "Calloway rejects a cut."))


def read_window(block: str) -> dict[str, Any]:
    """An extraction of one window: for each speaker whom a unit names, a position with all such units and their quotations."""
    units = re.findall(r"^\[(\d+)\] (.*)", block, re.MULTILINE)
    quotations = re.findall(r"^(q\d+) \[(\d+)\] ", block, re.MULTILINE)
    blank = {"condition": "", "date_text": "", "via": ""}
    positions = []
    for name, stance, statement in SPEAKERS:
        surname = name.split()[1]
        cited = [number for number, text in units if surname in text]
        full = any(name in text for _, text in units) or name in block.split("\n\n", 1)[0]
        if cited:
            quotes = [label for label, unit in quotations if unit in cited]
            held = {"evidence": [int(number) for number in cited], "quotes": quotes, "actor": name if full else surname}
            positions.append({**held, "issue": 1, "stance": stance, "statement": statement, **blank})
    actor = {"type": "person", "country": "", "office": "", "affiliation": "", "aliases": []}
    actors = [{"name": held["actor"], **actor} for held in positions]
    issues = ["Tolls in the narrows should fall"] if positions else []
    return {"summary": "One window.", "actors": actors, "issues": issues, "positions": positions, "next_steps": []}


def faulty_items(reply: dict[str, Any]) -> dict[str, Any]:
    """The same shape with every item wrong: invented names, units that are not there."""
    broken = {name: [dict(item) for item in reply[name]] for name in ("actors", "positions", "next_steps")}
    for item in broken["actors"]:
        item["name"] = "Nobody Nowhere"
    for item in (*broken["positions"], *broken["next_steps"]):
        item["evidence"] = [999]
    return {**reply, "summary": "", **broken}


# What the model says under each name, and why it stopped.
ANSWERS: dict[str, Callable[[str], tuple[str, str]]] = {
    "good": lambda text: (text, "stop"),
    "langextract": lambda text: (LANGEXTRACT, "stop"),
    # Second readings: of any claims, Calloway's given to the wrong holder; of the reply's two positions and one next step, all
    # well, two wrong, a wrong stance, one missing.
    "verdicts": lambda text: (verdicts(1, 1, 1), "stop"),
    "verdicts-wrong": lambda text: (verdicts(1, 4, 3), "stop"),
    "verdicts-stance": lambda text: (verdicts(5, 1, 5), "stop"),
    "judge": lambda text: (text, "stop"),
    "verdicts-short": lambda text: (verdicts(1, 1), "stop"),
    "echo-200": lambda text: (text, "stop"),
    "key-in-text": lambda text: (text, "stop"),
    "parts": lambda text: (text, "stop"),
    "fenced": lambda text: (f"Here it is:\n```json\n{text}\n```\nDone.", "stop"),
    "prose": lambda text: ("The minister wants lower tolls.", "stop"),
    "garbage": lambda text: (GARBAGE, "stop"),
    "empty": lambda text: ("", "stop"),
    "refusal": lambda text: ("", "content_filter"),
    "truncate": lambda text: (text[: len(text) * 3 // 4], "length"),
    "cut-late": lambda text: (text[: text.index('"next_steps"') + 20], "length"),
    "nothing-whole": lambda text: ('{"summary": "The', "length"),
    "halves": lambda text: (text.replace("Edvard Osk", "Edvard Osk \ud83d"), "stop"),
    "faulty": lambda text: (json.dumps(faulty_items(json.loads(text))), "stop"),
    "deep": lambda text: ('{"summary": "s", "actors": ' + "[" * 1_000 + "]" * 1_000 + "}", "stop"),
    "many": lambda text: (json.dumps({**json.loads(text), "next_steps": [1] * 100_000, "issues": ["Tolls"] * 100_000}), "stop"),
    "no-numbers": lambda text: (text.replace('"positions": [', f'"positions": [{NO_NUMBERS}, ', 1), "stop"),
    "long-strings": lambda text: (
        json.dumps({**json.loads(text), "summary": "s" * MEGABYTE, "issues": ["i" * MEGABYTE]}),
        "stop",
    ),
}


def _named(request: dict[str, Any]) -> str:
    """The word that names the article of a request; empty when none does."""
    found = NAMED.search(json.dumps(request))
    return found[1] if found else ""


def _said(content: Any) -> str:
    """The words of a message, which may come in parts."""
    return content if isinstance(content, str) else "\n".join(part.get("text", "") for part in content or ())


class Limit:
    """So many requests in any `minute` seconds; 0 for no limit."""

    def __init__(self, requests: int, minute: float) -> None:
        self.requests = requests
        self.minute = minute
        self.times: deque[float] = deque()

    def reached(self) -> bool:
        """Whether this request is over the limit; it counts when it is not."""
        now = time.monotonic()
        while self.times and self.times[0] <= now - self.minute:
            self.times.popleft()
        if self.requests and len(self.times) >= self.requests:
            return True
        self.times.append(now)
        return False


class Server:
    """Answers, counts, and misbehaves as told."""

    def __init__(self, args: argparse.Namespace) -> None:
        self.latency = args.latency
        self.pace = args.pace
        self.text = Path(args.reply).read_text(encoding="utf-8").strip()
        self.limit = Limit(args.rpm, args.minute)
        self.again = args.retry_after
        self.mix = [(name, float(share)) for name, share in (part.split(":") for part in args.mix.split(",") if part)]
        self.random = random.Random(args.seed)
        self.scripts: Counter[str] = Counter()
        self.stats: Counter[str] = Counter()
        self.met: defaultdict[str, list[str]] = defaultdict(list)
        self.open = 0

    def behaviour(self, prefix: str) -> str:
        """What this request meets: the next of its path's names, else a draw."""
        if prefix:
            names = prefix.split("/", maxsplit=1)[0].split(",")
            turn = self.scripts[prefix]
            self.scripts[prefix] += 1
            return names[min(turn, len(names) - 1)]
        if self.limit.reached():
            return "429"
        draw = self.random.random()
        for name, share in self.mix:
            if draw < share:
                return name
            draw -= share
        return "good"

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection until it ends."""
        self.stats["connections"] += 1
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                path = head.split(" ", 2)[1]
                lengths = [line.split(":")[1] for line in head.split("\r\n") if line.lower().startswith("content-length:")]
                body = await reader.readexactly(int(lengths[0]) if lengths else 0)
                if path == "/stats":
                    await self.send(writer, 200, json.dumps(self.stats | {"paths": dict(self.scripts)}))
                elif path.startswith("/met/"):
                    await self.send(writer, 200, json.dumps(self.met[path.removeprefix("/met/")]))
                elif not await self.serve(writer, path, json.loads(body or b"{}"), _key_of(head)):
                    return
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def serve(self, writer: asyncio.StreamWriter, path: str, request: dict[str, Any], key: str) -> bool:
        """Answer one request; False when the connection is to be closed."""
        prefix, route = next(
            (path.split(mark, 1)[0].strip("/"), mark + path.split(mark, 1)[1]) for mark in ("/v1/", "/api/") if mark in path
        )
        if route in OLLAMA:
            await self.send(writer, 200, json.dumps(OLLAMA[route]))
            return True
        name = self.behaviour(prefix)
        self.stats["requests"] += 1
        self.stats[name] += 1
        if document := _named(request):
            self.met[document].append(name)
        self.open += 1
        self.stats["peak"] = max(self.stats["peak"], self.open)
        try:
            await asyncio.sleep(SLOW if name == "slow" else self.latency)
        finally:
            self.open -= 1
        if name in ("drop", "slow"):
            return False
        if name == "endless":
            return await self.endless(writer)
        if name in ERRORS:
            code, _, message = ERRORS[name]
            await self.send(writer, code, _error(message, "insufficient_quota" if name == "quota" else name))
        elif name == "key-alone":
            await self.send(writer, 200, json.dumps({"your_key": key}))
        elif name in SHAPES:
            await self.send(writer, 200, SHAPES[name])
        elif name.startswith(ECHO) and name != f"{ECHO}200":
            await self.send(writer, int(name.removeprefix(ECHO)), _error(f"Bearer {key} is {key}.", "echo", key))
        else:
            await self.answer(writer, route, {**request, "key": key}, name)
        return True

    async def answer(self, writer: asyncio.StreamWriter, route: str, request: dict[str, Any], name: str) -> None:
        """Send a model's answer in the form of the API that was asked."""
        answer = self.answer_to(route, request, name)
        events = _form_of(route)[1]
        if events and request.get("stream"):
            await self.trickle(writer, events(answer))
        else:
            await self.send(writer, 200, json.dumps(answer))

    def answer_to(self, route: str, request: dict[str, Any], name: str) -> dict[str, Any]:
        """A model's answer in the form of the API that was asked."""
        reply = self.reply_to(request, name)
        if document := _named(request):
            reply = reply.replace('"summary": "', f'"summary": "Dispatch {document}. ', 1)
        text, stopped = ANSWERS[name](reply)
        if name == f"{ECHO}200":
            request["model"] = request["key"]
        if name == "key-in-text":
            text = text.replace("lower tolls", f"lower tolls {request['key']}")
        tokens = len(json.dumps(request)) // 4, len(text) // 4
        answer = _form_of(route)[0](request, text, stopped, tokens)
        if name == "parts":
            _into_parts(answer)
        return answer

    def reply_to(self, request: dict[str, Any], name: str) -> str:
        """What a model says to a request, before anything goes wrong: the fixed reply, but for long articles and a judge."""
        said = "\n".join(_said(message["content"]) for message in request.get("messages", ()))
        if window := WINDOW.search(said):
            return json.dumps(read_window(window[1]))
        if name == "judge":
            claims = re.findall(r"^\d+\. .*", said.rsplit("\nClaims\n", 1)[-1], re.MULTILINE)
            return verdicts(*(4 if "Calloway:" in claim else 1 for claim in claims))
        return SUMMARY if "<<items " in said else self.text

    async def trickle(self, writer: asyncio.StreamWriter, events: Iterator[str]) -> None:
        """Stream an answer piece by piece, as a model writes."""
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n")
        for event in events:
            data = event.encode()
            writer.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
            await writer.drain()
            await asyncio.sleep(self.pace)
        writer.write(b"0\r\n\r\n")
        await writer.drain()

    async def endless(self, writer: asyncio.StreamWriter) -> bool:
        """An answer that does not end."""
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n")
        start = b'{"id":"x","object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":"'
        for chunk in [start, *[b"a" * MEGABYTE] * 300]:
            writer.write(f"{len(chunk):x}\r\n".encode() + chunk + b"\r\n")
            await writer.drain()
            self.stats["endless_megabytes"] += 1
        return False

    async def send(self, writer: asyncio.StreamWriter, code: int, body: str, kind: str = "application/json") -> None:
        """Write one response; a 429 says when to come back."""
        reason = next((reason for status, reason, _ in ERRORS.values() if status == code), "OK")
        again = f"Retry-After: {self.again}\r\n" if code == 429 else ""
        data = body.encode()
        head = f"HTTP/1.1 {code} {reason}\r\nContent-Type: {kind}\r\n{again}Content-Length: {len(data)}\r\n\r\n"
        writer.write(head.encode() + data)
        await writer.drain()


def _key_of(head: str) -> str:
    """The bearer token of a request."""
    return head.split("Bearer ", 1)[1].split("\r\n", 1)[0] if "Bearer " in head else ""


def _error(message: str, code: str, key: str = "") -> str:
    return json.dumps({"error": {"message": message, "type": "injected", "code": code, "param": key or None}})


def _into_parts(answer: dict[str, Any]) -> None:
    """Make the content a list, as newer APIs do."""
    for choice in answer.get("choices", ()):
        choice["message"]["content"] = [{"type": "text", "text": choice["message"]["content"]}]


def openai(request: dict[str, Any], text: str, stopped: str, tokens: tuple[int, int]) -> dict[str, Any]:
    """OpenAI's chat completion."""
    message = {"role": "assistant", "content": text}
    usage = {"prompt_tokens": tokens[0], "completion_tokens": tokens[1], "total_tokens": sum(tokens)}
    choice = {"index": 0, "finish_reason": stopped, "logprobs": None, "message": message}
    return {
        "id": "fault",
        "created": 0,
        "model": request.get("model", ""),
        "object": "chat.completion",
        "choices": [choice],
        "usage": usage,
    }


def openai_events(answer: dict[str, Any]) -> Iterator[str]:
    """OpenAI's stream of a chat completion: `PIECE` characters an event, then why it stopped, then the tokens."""
    choice = answer["choices"][0]
    content = choice["message"]["content"]
    text = _said(content)
    pieces: list[Any] = [text[start : start + PIECE] for start in range(0, len(text), PIECE)]
    if isinstance(content, list):
        pieces = [[{"type": "text", "text": piece}] for piece in pieces]
    shared = {"id": answer["id"], "object": "chat.completion.chunk", "created": 0, "model": answer["model"]}
    deltas: list[dict[str, Any]] = [{"role": "assistant", "content": ""}]
    deltas += [{"content": piece} for piece in pieces]
    for delta in deltas:
        yield _event({**shared, "choices": [{"index": 0, "delta": delta, "finish_reason": None}]})
    yield _event({**shared, "choices": [{"index": 0, "delta": {}, "finish_reason": choice["finish_reason"]}]})
    yield _event({**shared, "choices": [], "usage": answer["usage"]})
    yield "data: [DONE]\n\n"


def _event(data: dict[str, Any]) -> str:
    return f"data: {json.dumps(data)}\n\n"


def ollama(request: dict[str, Any], text: str, stopped: str, tokens: tuple[int, int]) -> dict[str, Any]:
    """Ollama's answer to /api/chat."""
    message = {"role": "assistant", "content": text}
    counts = {"prompt_eval_count": tokens[0], "eval_count": tokens[1]}
    return {
        "model": request.get("model", ""),
        "created_at": "2026-01-01T00:00:00Z",
        "message": message,
        "done": True,
        "done_reason": stopped,
        **counts,
    }


def anthropic(request: dict[str, Any], text: str, stopped: str, tokens: tuple[int, int]) -> dict[str, Any]:
    """Anthropic's message; under a forced tool or an output format the text is what was asked for."""
    reason = {"stop": "end_turn", "length": "max_tokens", "content_filter": "refusal"}[stopped]
    content: list[dict[str, Any]] = [{"type": "text", "text": text}]
    if request.get("tool_choice", {}).get("type") == "tool":
        content = [{"type": "tool_use", "id": "toolu_1", "name": request["tool_choice"]["name"], "input": json.loads(text)}]
    usage = {"input_tokens": tokens[0], "output_tokens": tokens[1]}
    common = {"id": "msg_1", "type": "message", "role": "assistant", "model": request.get("model", "")}
    return {**common, "content": content, "stop_reason": reason, "stop_sequence": None, "usage": usage}


def anthropic_events(answer: dict[str, Any]) -> Iterator[str]:
    """The same message as a stream of server-sent events."""
    (block,) = answer["content"]
    start = {**block, "text": ""} if block["type"] == "text" else {**block, "input": {}}
    text = block.get("text", json.dumps(block.get("input")))
    delta = (
        {"type": "text_delta", "text": text} if block["type"] == "text" else {"type": "input_json_delta", "partial_json": text}
    )
    ended = {"stop_reason": answer["stop_reason"], "stop_sequence": None}
    for event in (
        {"type": "message_start", "message": {**answer, "content": [], "stop_reason": None}},
        {"type": "content_block_start", "index": 0, "content_block": start},
        {"type": "content_block_delta", "index": 0, "delta": delta},
        {"type": "content_block_stop", "index": 0},
        {"type": "message_delta", "delta": ended, "usage": answer["usage"]},
        {"type": "message_stop"},
    ):
        yield f"event: {event['type']}\ndata: {json.dumps(event)}\n\n"


def responses(request: dict[str, Any], text: str, stopped: str, tokens: tuple[int, int]) -> dict[str, Any]:
    """OpenAI's answer to /v1/responses."""
    part: dict[str, Any] = {"type": "output_text", "text": text, "annotations": []}
    if stopped == "content_filter":
        part = {"type": "refusal", "refusal": "I cannot help with that."}
    message = {"type": "message", "id": "msg_1", "role": "assistant", "status": "completed", "content": [part]}
    cut = stopped == "length"
    return {
        "id": "resp_1",
        "object": "response",
        "created_at": 0,
        "model": request.get("model", ""),
        "status": "incomplete" if cut else "completed",
        "incomplete_details": {"reason": "max_output_tokens"} if cut else None,
        "output": [message] if text or "refusal" in part else [],
        "parallel_tool_calls": True,
        "tool_choice": "auto",
        "tools": [],
        "usage": {
            "input_tokens": tokens[0],
            "output_tokens": tokens[1],
            "total_tokens": sum(tokens),
            "input_tokens_details": {"cached_tokens": 0},
            "output_tokens_details": {"reasoning_tokens": 0},
        },
    }


def responses_events(answer: dict[str, Any]) -> Iterator[str]:
    """The same as a stream: `PIECE` characters an event, then the whole answer."""
    began = {**answer, "output": [], "status": "in_progress", "usage": None}
    events: list[dict[str, Any]] = [{"type": "response.created", "response": began}]
    for item in answer["output"]:
        part = item["content"][0]
        text = part.get("text", "")
        place = {"item_id": item["id"], "output_index": 0, "content_index": 0}
        events.append({"type": "response.output_item.added", "output_index": 0, "item": {**item, "content": []}})
        events += [
            {"type": "response.output_text.delta", **place, "delta": text[start : start + PIECE], "logprobs": []}
            for start in range(0, len(text), PIECE)
        ]
        events.append({"type": "response.output_item.done", "output_index": 0, "item": item})
    events.append({"type": f"response.{answer['status']}", "response": answer})
    for number, event in enumerate(events):
        yield f"event: {event['type']}\n{_event({**event, 'sequence_number': number})}"


Form = Callable[[dict[str, Any], str, str, tuple[int, int]], dict[str, Any]]
FORMS: dict[str, tuple[Form, Callable[[dict[str, Any]], Iterator[str]] | None]] = {
    "/v1/chat/completions": (openai, openai_events),
    "/v1/responses": (responses, responses_events),
    "/v1/messages": (anthropic, anthropic_events),
    "/api/chat": (ollama, None),
}


def _form_of(route: str) -> tuple[Form, Callable[[dict[str, Any]], Iterator[str]] | None]:
    return FORMS.get(route.split("?", maxsplit=1)[0], FORMS["/v1/chat/completions"])


async def main() -> None:
    """Serve until killed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--reply", required=True)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--latency", type=float, default=0.05)
    parser.add_argument("--pace", type=float, default=0.0, help="seconds between the events of an OpenAI stream")
    parser.add_argument("--mix", default="")
    parser.add_argument("--rpm", type=int, default=0, help="requests a minute; more meet a 429")
    parser.add_argument("--minute", type=float, default=60.0, help="seconds of that minute, to compress time")
    parser.add_argument("--retry-after", type=float, default=0.05, help="seconds that a 429 asks to wait")
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    server = await asyncio.start_server(Server(args).handle, "127.0.0.1", args.port, backlog=2048, limit=2**24)
    print(server.sockets[0].getsockname()[1], flush=True)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())

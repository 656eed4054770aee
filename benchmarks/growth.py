"""How soon the first item of a brief is shown, against the model's own time to write it.

    python benchmarks/growth.py

A fake model streams slowly. Printed: seconds to the first accepted item, seconds until its last character was sent
(read with a bare HTTP client), and their ratio; the goal is 1.2.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent
PACE = 0.05


def seconds_of_model(address: str) -> float:
    """Seconds until the closing brace of the first actor has arrived."""
    import httpx2

    written, started = "", time.perf_counter()
    body = {"model": "m", "stream": True, "messages": []}
    with httpx2.stream("POST", f"{address}/v1/chat/completions", json=body, timeout=60) as response:
        for line in response.iter_lines():
            if line.startswith("data: {"):
                choices = json.loads(line[6:])["choices"]
                written += (choices[0]["delta"].get("content") or "") if choices else ""
            if "}" in written:
                return time.perf_counter() - started
    raise SystemExit("The model wrote no item.")


async def seconds_to_item(text: str) -> float:
    """Seconds until the first item is told."""
    from llm_diplo import EventKind, summarize_events

    started = time.perf_counter()
    async for event in summarize_events(text, model="slow"):
        if event.kind is EventKind.ITEM_ACCEPTED:
            return time.perf_counter() - started
    raise SystemExit("No item was told.")


def main() -> None:
    """Measure three times and print the best of each."""
    reply = str(ROOT / "tests" / "replies" / "wire.json")
    command = [sys.executable, str(ROOT / "benchmarks" / "fault_server.py"), "--reply", reply, "--pace", str(PACE)]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert server.stdout
    address = f"http://127.0.0.1:{server.stdout.readline().strip()}"
    with tempfile.TemporaryDirectory() as folder:
        os.environ["LLM_USER_PATH"] = folder
        models = [{"model_id": "slow", "model_name": "slow", "api_base": f"{address}/v1", "supports_schema": True}]
        Path(folder, "extra-openai-models.yaml").write_text(json.dumps(models), encoding="utf-8")
        text = (ROOT / "tests" / "articles" / "wire.txt").read_text(encoding="utf-8")
        try:
            asyncio.run(seconds_to_item(text))  # imports
            shown = min(asyncio.run(seconds_to_item(text)) for _ in range(3))
            sent = min(seconds_of_model(address) for _ in range(3))
        finally:
            server.kill()
    print(f"first item shown after {shown:.2f} s, written after {sent:.2f} s: ratio {shown / sent:.2f} (goal 1.2)")


if __name__ == "__main__":
    main()

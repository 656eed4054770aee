"""Print what the schema and the instructions cost in tokens (`pip install bpe-openai`: OpenAI's o200k_base)."""

from __future__ import annotations

import json

import bpe_openai

from llm_diplo.extraction import extraction_schema
from llm_diplo.prompts import load_instructions

encoding = bpe_openai.get_encoding("o200k_base")
instructions = load_instructions()
parts = {
    "system prompt": instructions.system,
    "request": instructions.request,
    "schema": json.dumps(extraction_schema(), separators=(",", ":")),
}
counts = {name: len(encoding.encode(text)) for name, text in parts.items()}
for name, count in {**counts, "together (goal: 1,500 at most)": sum(counts.values())}.items():
    print(f"{count:6,}  {name}")

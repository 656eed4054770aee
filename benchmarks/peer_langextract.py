"""The same articles through langextract (`pip install langextract openai`), called by concurrency.py."""

from __future__ import annotations

import os
import resource
import sys
import time

import langextract
from langextract.providers.openai import OpenAILanguageModel

count, jobs = int(sys.argv[1]), int(sys.argv[2])
texts = sys.stdin.read().split("\0")
model = OpenAILanguageModel(model_id="gpt-rig", api_key="none", base_url=os.environ["RIG_BASE"], max_workers=jobs)
example = langextract.data.ExampleData(
    text="Osk wants lower tolls.",
    extractions=[langextract.data.Extraction("position", "Osk wants lower tolls", attributes={"actor": "Osk"})],
)
documents = [langextract.data.Document(text=text, document_id=str(number)) for number, text in enumerate(texts)]
wall, cpu = time.perf_counter(), time.process_time()
results = langextract.extract(
    documents,
    prompt_description="Extract positions with verbatim quotes.",
    examples=[example],
    model=model,
    max_char_buffer=3000,
    batch_length=jobs,
    max_workers=jobs,
    show_progress=False,
    use_schema_constraints=False,
    fence_output=False,
)
found = sum(bool(document.extractions) and all(item.char_interval for item in document.extractions) for document in results)
wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
rate = f"{count / wall:7.0f} documents/s {cpu / count * 1000:6.2f} ms CPU a document {memory:5} MB"
print(f"{'langextract, threads':34} {rate}; {found} grounded")

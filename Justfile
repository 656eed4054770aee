# Test and lint
default: test lint

# Run the tests; recorded calls are replayed, the network is blocked
test *options:
    python -m pytest {{options}}

# Check style, types, layers and generated blocks
lint:
    ruff check .
    ruff format --check .
    mypy
    lint-imports
    vulture
    python -m cogapp --check README.md docs/*.md

# Rewrite the generated blocks in README and docs
cog:
    python -m cogapp -r README.md docs/*.md

# Record the cassettes anew: from a local server, from OpenAI's gpt-4.1-mini with OPENAI_API_KEY=…, or from DIPLO_RECORD_MODEL
record *options:
    DIPLO_RECORD_MODEL="${DIPLO_RECORD_MODEL:-${OPENAI_API_KEY:+gpt-4.1-mini}}" \
        python -m pytest -o addopts=-q --record-mode=rewrite -m vcr {{options}}

# Print the benchmarks
bench:
    python benchmarks/tokens.py
    python benchmarks/speed.py
    python benchmarks/long.py
    python benchmarks/startup.py
    python benchmarks/concurrency.py
    python benchmarks/corpus.py
    python benchmarks/batch.py 2000
    python benchmarks/grounding.py
    python benchmarks/planted.py
    python benchmarks/duplicates.py
    python benchmarks/database.py
    python benchmarks/scale.py
    python benchmarks/scale_check.py live batch

# Fuzz every reader of foreign input, so many seconds each (`pip install atheris`)
fuzz seconds="600":
    python tests/fuzz.py --all {{seconds}}

# Mutate a sample of each pure room, and print what the tests made of it (`pip install mutmut`); another seed takes another sample
mutate sample="40" seed="1":
    #!/usr/bin/env bash
    set -euo pipefail
    mutmut run 'llm_diplo.text.marks.x_marked_words__mutmut_1'  # makes all mutants, and notes which tests reach which function
    all=$(mutmut results --all true | grep -o 'llm_diplo\.[^:]*')
    sample=$(for room in text quotes brief; do
        grep "^llm_diplo\.$room\." <<< "$all" | shuf -n {{sample}} --random-source=<(yes {{seed}})
    done)
    mutmut run $sample
    mutmut results --all true | grep -wF "$sample" | sort > mutants/sample.txt
    grep -v 'killed$' mutants/sample.txt || true
    sed -E 's/ *llm_diplo\.([a-z]+)\..*: /\1 /' mutants/sample.txt | sort | uniq -c

# Test the evidence page in Chromium
browser *options:
    python -m pytest -n 0 -m browser {{options}}

# Test the briefs of a Ray data set (`pip install -e '.[ray]'`)
ray *options:
    python -m pytest -n 0 -m ray {{options}}

# Draw the README's screenshot of the evidence page
screenshots:
    python docs/screenshot.py

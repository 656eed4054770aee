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
    python -m cogapp --check README.md docs/*.md

# Rewrite the generated blocks in README and docs
cog:
    python -m cogapp -r README.md docs/*.md

# Record the cassettes anew from the model that DIPLO_RECORD_MODEL names (see CONTRIBUTING.md)
record *options:
    python -m pytest --record-mode=rewrite --allowed-hosts=127.0.0.1 -m vcr {{options}}

# Print the benchmarks
bench:
    python benchmarks/tokens.py
    python benchmarks/speed.py
    python benchmarks/startup.py
    python benchmarks/concurrency.py

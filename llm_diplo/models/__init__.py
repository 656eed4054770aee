"""Any `llm` model as an instructor client: finding it, calling it, explaining its failures, logging its answers.

Nothing here reads sources or prints.
"""

"""One module for each command of `llm diplo`."""

"""The commands of `llm diplo`: one file each, with shared options, output and progress.

Only this room reads flags, prints or sets exit codes.
"""

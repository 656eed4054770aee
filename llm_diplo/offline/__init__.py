"""The `diplo-offline` model: it makes an extraction by rules, and parses with spaCy if that is installed.

It reads a numbered article and returns an extraction, as any model does. Only `plugin` and `evaluation` import this room.
"""

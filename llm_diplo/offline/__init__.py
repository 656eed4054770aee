"""The `diplo-offline` model: an extraction by rules, with spaCy where it is installed.

Reads a numbered article and returns an extraction, as any model does. Only `plugin` and `evaluation` import this room.
"""

"""Briefs and attributed speech scored against gold data. Nothing outside `cli` depends on this room."""

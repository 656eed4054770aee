"""What people read: a brief as Markdown, HTML and other formats.

Pure functions of briefs. Nothing here prints, opens files or knows about terminals.
"""

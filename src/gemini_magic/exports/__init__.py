"""A chat for people and programs: Markdown, a page, a notebook, Python code."""

"""Cassettes: recorded replies beside a notebook, so that it runs again without a key, money or luck.

`calls` says what is asked in a form that can be compared, `lines` how recordings are written, `checks` what
may stand there, `media` where large data goes, `secrets` what must not get in; `store` is the file, `shelf`
chooses it and the mode, `misses` explains what is not there.
The transport that records and replays is `gemini_magic.cassettes.recording.transport`.
"""

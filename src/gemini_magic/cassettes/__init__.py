"""Cassettes: recorded replies beside a notebook, so that it runs again without a key, money or luck.

`calls` says what is asked in a form that can be compared; `cassette` is the file, `recordings` its lines,
`line_fields` what may stand in them, `data_files` the large data beside it, `secrets` what must not get in;
`takes` tells apart the cells that ask the same, `playback` chooses the cassette and what is done with it,
`misses` explains what is not there. `recording/` has the transport that records and replays.
"""

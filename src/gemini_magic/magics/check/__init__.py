"""%gemini_cassette check: what a notebook would miss in its cassette, found without running it."""

"""What `%gemini` does instead of asking: previews, the last reply and error, a report on the environment."""

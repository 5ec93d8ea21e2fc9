"""Values as text for a model: whole where they are small, else a part, and what was left out."""

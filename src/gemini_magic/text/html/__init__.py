"""Model text as safe HTML: markdown-it without HTML, rules for what it lacks, then nh3."""

"""Running cells in a shell, and the texts of what they show."""

from __future__ import annotations

from IPython.utils.capture import capture_output


def run(shell, cell):
    """Run a cell and return what it shows: stdout, outputs; errors are raised."""
    with capture_output() as captured:
        result = shell.run_cell(cell)
    result.raise_error()
    return captured


def texts(captured):
    return [output.data["text/plain"] for output in captured.outputs]


def ledger_of(shell):
    return shell.find_line_magic("gemini").__self__.session.ledger

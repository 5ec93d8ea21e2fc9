/* Which cells are ours, judged by their source alone. */

// IPython drops empty lines and indentation before a cell magic. "%%gemini?" asks for help and is no prompt.
const PROMPT = /^\s*%%gemini(?:_magic)?(?=\s|$)/;

// A prompt on one line. Other lines are Python, and a comment would look like a heading.
const LINE = /^ {0,3}%gemini(?:_magic)?\s+\S/;

// Anywhere in the cell: a line magic, an assignment from one, a prompt below %%time.
const MAGIC = /(?:^|=)[^\S\n]*%%?gemini(?:_magic)?(?!\w)/m;

/** True for a cell that is text: a %%gemini cell, or one of %gemini lines alone. */
export function isPrompt(source) {
  return PROMPT.test(source) || isLines(source);
}

function isLines(source) {
  const lines = source.split('\n').filter(line => line.trim());
  return lines.length > 0 && lines.every(line => LINE.test(line));
}

/** True for a cell whose outputs may be replies. */
export function hasReplies(source) {
  return MAGIC.test(source);
}

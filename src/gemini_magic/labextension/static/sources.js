/* Which cells are ours, judged by their source alone. */

// IPython drops empty lines and indentation before a cell magic. "%%gemini?" asks for help and is no prompt.
const PROMPT = /^\s*%%gemini(?:_magic)?(?=\s|$)/;

// Anywhere in the cell: a line magic, an assignment from one, a prompt below %%time.
const MAGIC = /(?:^|=)[^\S\n]*%%?gemini(?:_magic)?(?!\w)/m;

/** True for a cell whose body is a prompt: a %%gemini cell. */
export function isPrompt(source) {
  return PROMPT.test(source);
}

/** True for a cell whose outputs may be replies. */
export function hasReplies(source) {
  return MAGIC.test(source);
}

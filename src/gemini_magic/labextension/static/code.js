/*
 * The colours of code in replies that came as HTML: the editor's own, as code in Markdown has them.
 *
 * The text is a stranger's. It is read as text, and the colours are put around pieces of text.
 */

const CODE = '.jp-RenderedHTML .highlight code[class^="language-"]';
const LONGEST = 20000;

export class CodeColours {
  constructor(languages) {
    this.languages = languages;
    this.known = new WeakSet();
  }

  /** Colours a block of code once. Its language may have to be loaded first. */
  async colour(block) {
    const code = block.querySelector('code');
    if (!this.languages || !code?.matches(CODE) || this.known.has(code)) {
      return;
    }
    this.known.add(code);
    const text = code.textContent;
    if (text.length > LONGEST) {
      return;
    }
    const name = code.className.replace('language-', '');
    const coloured = document.createElement('code');
    try {
      await this.languages.highlight(text, this.languages.findBest(name), coloured);
    } catch {
      // A language that does not load: it stays as it is.
      return;
    }
    code.replaceChildren(...coloured.childNodes);
  }
}

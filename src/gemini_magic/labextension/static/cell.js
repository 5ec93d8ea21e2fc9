/* One code cell: its highlighting, its number of outputs, its copy buttons. Nothing here is saved with the notebook. */

import { hasReplies, isPrompt } from './sources.js';

// What Markdown cells have: Markdown with math and highlighted fenced code.
const MARKDOWN = 'text/x-ipythongfm';

const BOXED = 'jp-mod-outputsScrolled';

export class CellWatch {
  constructor(cell, notebook, languages, buttons) {
    this.cell = cell;
    this.model = cell.model;
    this.outputs = cell.outputArea;
    this.notebook = notebook;
    this.languages = languages;
    this.buttons = buttons;
    this.prompt = false;
    this.replies = false;
    this.usersLimit = null;
    this.writing = false;
    this.model.sharedModel.changed.connect((_, change) => change.sourceChange && this.read());
    this.model.mimeTypeChanged.connect((_, change) => this.hold(change.newValue));
    this.outputs.outputLengthChanged.connect(() => this.limit());
    this.boxed = new MutationObserver(() => this.unbox());
    this.boxed.observe(cell.node, { attributes: true, attributeFilter: ['class'] });
    cell.disposed.connect(() => {
      this.boxed.disconnect();
      this.buttons.unwatch(this.outputs.node);
    });
    this.read();
  }

  /** The source is new: what has changed about the cell? */
  read() {
    const source = this.model.sharedModel.getSource();
    this.highlight(isPrompt(source));
    this.expectReplies(hasReplies(source));
  }

  highlight(prompt) {
    if (prompt !== this.prompt) {
      this.prompt = prompt;
      this.setMimeType(prompt ? MARKDOWN : this.notebook.codeMimetype);
    }
  }

  /**
   * The notebook gives all its code cells the kernel's language whenever that becomes known. Only that is taken back:
   * whoever chooses something else for this cell has a reason, and two extensions must not fight for it.
   */
  hold(mimeType) {
    if (this.prompt && !this.writing && mimeType === this.notebook.codeMimetype) {
      this.setMimeType(MARKDOWN);
    }
  }

  setMimeType(mimeType) {
    const other = mimeType === MARKDOWN ? this.notebook.codeMimetype : MARKDOWN;
    this.write(mimeType);
    this.settle(mimeType, other);
  }

  /** Says the types one after the other; what we say ourselves is not to be taken back. */
  write(...mimeTypes) {
    this.writing = true;
    try {
      mimeTypes.forEach(mimeType => (this.model.mimeType = mimeType));
    } finally {
      this.writing = false;
    }
  }

  /**
   * An editor loads a language when it is first used and shows whatever arrives last, not what was asked for last.
   * While the other language may still be on its way, the right one is asked for again once it is there.
   */
  settle(mimeType, other) {
    const language = this.languages?.findByMIME(other);
    if (!language || language.support) {
      return;
    }
    const again = () => {
      if (!this.cell.isDisposed && this.model.mimeType === mimeType) {
        this.write(other, mimeType);
      }
    };
    this.languages.getLanguage(other).then(again, () => {});
  }

  expectReplies(replies) {
    if (replies === this.replies) {
      return;
    }
    this.replies = replies;
    this.outputs.node.classList.toggle('gemini-magic-replies', replies);
    this.limit();
    this.unbox();
    if (replies) {
      this.buttons.watch(this.outputs.node);
    } else {
      this.buttons.unwatch(this.outputs.node);
    }
  }

  /** A long reply is made of many outputs, and all of it is to be read. Other cells keep the user's setting. */
  limit() {
    if (this.replies && this.usersLimit === null) {
      this.usersLimit = this.outputs.maxNumberOutputs;
      this.setLimit(Infinity);
    } else if (!this.replies && this.usersLimit !== null && this.outputs.model.length <= this.usersLimit) {
      // Not while more are shown: the area would miss where to put its "Show more outputs".
      this.setLimit(this.usersLimit);
      this.usersLimit = null;
    }
  }

  /** Notebook 7 puts long outputs into a low box that scrolls. Where the user has chosen the box, the cell knows it. */
  unbox() {
    const { node } = this.cell;
    // A class that is taken away where it is not would be a change, too, and call this for ever.
    if (this.replies && !this.cell.outputsScrolled && node.classList.contains(BOXED)) {
      node.classList.remove(BOXED);
    }
  }

  setLimit(limit) {
    try {
      this.outputs.maxNumberOutputs = limit;
    } catch {
      // A raised limit is kept, then the area replaces its "Show more outputs", and stumbles where there is none.
    }
  }
}

/* One notebook: finds its code cells, and keeps each in step with its source. */

import { CellWatch } from './cell.js';
import { CodeColours } from './code.js';
import { CopyButtons } from './copy.js';
import { Leftovers } from './leftovers.js';

export class PanelWatch {
  constructor(panel, languages) {
    this.notebook = panel.content;
    this.languages = languages;
    this.buttons = new CopyButtons(panel.node, new CodeColours(languages));
    this.leftovers = new Leftovers(this.notebook, panel.sessionContext);
    this.known = new WeakSet();
    this.sweeping = false;
    this.notebook.modelChanged.connect(() => this.follow());
    panel.disposed.connect(() => this.buttons.dispose());
    this.follow();
  }

  /** The notebook may get its model late, and another one when it is reloaded. */
  follow() {
    this.notebook.model?.cells.changed.connect(this.sweepSoon, this);
    this.sweepSoon();
  }

  /** Many cells come at once when a notebook opens; their widgets exist only after all listeners were told. */
  sweepSoon() {
    if (this.sweeping) {
      return;
    }
    this.sweeping = true;
    queueMicrotask(() => {
      this.sweeping = false;
      this.sweep();
    });
  }

  sweep() {
    if (this.notebook.isDisposed) {
      return;
    }
    const cells = this.notebook.widgets.filter(cell => !this.known.has(cell) && cell.model.type === 'code');
    for (const cell of cells) {
      this.known.add(cell);
      new CellWatch(cell, this.notebook, this.languages, this.buttons);
    }
    this.leftovers.replace(cells).catch(error => console.warn('gemini-magic: what a reply left stays', error));
  }
}

/*
 * Copy buttons beside the code blocks of replies, and their colours.
 *
 * A reply is rendered anew up to 20 times a second, and with it everything inside an output. One observer per notebook
 * notes which outputs have changed; once per frame, before it is painted, the code blocks there get their buttons.
 * Those that were there before are kept and put back at once, so that no press of a key or of the mouse meets a gap.
 * A button stands before its <pre>, never inside, and has no text at all: it cannot get into a selection, nor into
 * what is copied.
 *
 * The text in these outputs is a stranger's. It is read as text, and never becomes markup.
 */

import { copyText } from './clipboard.js';

const OUTPUT = '.jp-OutputArea-child';
const CODE = '.jp-RenderedMarkdown pre, .jp-RenderedHTML pre';
const SHOWN_MS = 2000;

export class CopyButtons {
  constructor(panelNode, colours) {
    this.colours = colours;
    this.areas = new Set();
    this.changed = new Set();
    this.holders = new WeakMap(); // output element → the holders of its buttons, in the order of its code blocks
    this.ours = new WeakSet(); // holders
    this.frame = 0;
    this.focused = null;
    this.live = liveRegion(panelNode);
    this.observer = new MutationObserver(records => this.note(records));
  }

  dispose() {
    this.observer.disconnect();
    cancelAnimationFrame(this.frame);
    this.areas.clear();
    this.changed.clear();
  }

  /** Look after the code blocks of an output area, now and later. */
  watch(area) {
    this.areas.add(area);
    this.observe(area);
    this.noteIn(area);
  }

  unwatch(area) {
    if (!this.areas.delete(area)) {
      return;
    }
    // An observer cannot let go of one element.
    this.note(this.observer.takeRecords());
    this.observer.disconnect();
    this.areas.forEach(other => this.observe(other));
    for (const output of area.querySelectorAll(OUTPUT)) {
      this.changed.delete(output);
      this.keep(output, 0);
    }
  }

  observe(area) {
    this.observer.observe(area, { childList: true, subtree: true });
  }

  note(records) {
    for (const record of records) {
      const output = record.target.closest?.(OUTPUT);
      if (!output) {
        record.addedNodes.forEach(node => this.noteIn(node));
      } else if (this.lostOne(output)) {
        this.decorate(output);
      } else if (!this.isOurs(record)) {
        this.later(output);
      }
    }
  }

  lostOne(output) {
    return (this.holders.get(output) ?? []).some(holder => !output.contains(holder));
  }

  /** Our own work is no reason to work again. */
  isOurs(record) {
    return [...record.addedNodes, ...record.removedNodes].every(node => this.ours.has(node));
  }

  noteIn(node) {
    if (node.matches?.(OUTPUT)) {
      this.later(node);
    }
    node.querySelectorAll?.(OUTPUT).forEach(output => this.later(output));
  }

  later(output) {
    this.changed.add(output);
    this.frame ||= requestAnimationFrame(() => this.draw());
  }

  draw() {
    this.frame = 0;
    const outputs = [...this.changed];
    this.changed.clear();
    // Also those that are not in the page yet: a long notebook takes its cells in one by one.
    outputs.forEach(output => this.decorate(output));
  }

  decorate(output) {
    const blocks = [...output.querySelectorAll(CODE)].filter(isOwnBlock);
    const holders = this.keep(output, blocks.length);
    blocks.forEach((block, index) => {
      holders[index] ??= this.createHolder();
      this.place(holders[index], block);
      this.colours.colour(block);
    });
  }

  /** The first `count` holders of an output; the others go. */
  keep(output, count) {
    const holders = this.holders.get(output) ?? [];
    holders.splice(count).forEach(holder => holder.remove());
    this.holders.set(output, holders);
    return holders;
  }

  place(holder, block) {
    if (block.previousSibling === holder) {
      return;
    }
    block.before(holder);
    const button = holder.firstChild;
    const nobody = !document.activeElement || document.activeElement === document.body;
    if (this.focused === button && nobody) {
      button.focus({ preventScroll: true });
    }
  }

  createHolder() {
    const holder = document.createElement('div');
    holder.className = 'gemini-magic-copy';
    const button = createButton();
    holder.append(button);
    this.ours.add(holder);
    this.listen(button, () => this.copy(button));
    return holder;
  }

  /**
   * A block may be rendered anew between press and release; browsers do not call that a click. So press and release on
   * one button count, and clicks that come without a mouse: the keyboard's and those of assistive software.
   */
  listen(button, act) {
    let pressed = false;
    const released = event => {
      const here = pressed && button.contains(event.target);
      pressed = false;
      if (here) {
        act();
      }
    };
    button.addEventListener('mousedown', event => {
      pressed = event.button === 0;
      window.addEventListener('mouseup', released, { once: true, capture: true });
    });
    button.addEventListener('click', event => event.detail === 0 && act());
    button.addEventListener('focus', () => (this.focused = button));
    // To nowhere: perhaps because it was taken out of the page; then it gets the focus back with its place.
    button.addEventListener('blur', event => event.relatedTarget && (this.focused = null));
  }

  async copy(button) {
    const block = button.parentElement?.nextElementSibling;
    if (block?.localName !== 'pre') {
      return;
    }
    const copied = await copyText(codeOf(block));
    const state = copied ? 'copied' : 'failed';
    button.dataset.state = state;
    this.live.textContent = copied ? 'Copied' : 'Not copied';
    clearTimeout(button.timer);
    button.timer = setTimeout(() => {
      delete button.dataset.state;
      this.live.textContent = '';
    }, SHOWN_MS);
  }
}

/** A block inside another block is part of that one's code; diagrams are not code. */
function isOwnBlock(block) {
  return !block.parentElement.closest('pre, .jp-RenderedMermaid');
}

/**
 * What is seen is what is copied: innerText leaves out what a stranger's markup hides, so that nobody pastes commands
 * that were never on the screen. The newline that ends the last line is left out, too: it would run them in a shell.
 */
function codeOf(block) {
  return block.innerText.replace(/\n$/, '');
}

function createButton() {
  const button = document.createElement('button');
  button.type = 'button';
  button.className = 'gemini-magic-copy-button';
  button.title = 'Copy code';
  button.setAttribute('aria-label', 'Copy code');
  button.append(createIcon());
  return button;
}

/** Two sheets, one behind the other. */
function createIcon() {
  const svg = svgElement('svg', { viewBox: '0 0 16 16', width: 14, height: 14, 'aria-hidden': 'true' });
  svg.append(
    svgElement('rect', { x: 5.5, y: 5.5, width: 8, height: 9, rx: 1.5 }),
    svgElement('path', { d: 'M10.5 3V3A1.5 1.5 0 0 0 9 1.5H4A1.5 1.5 0 0 0 2.5 3v6.5A1.5 1.5 0 0 0 4 11' })
  );
  return svg;
}

function svgElement(name, attributes) {
  const element = document.createElementNS('http://www.w3.org/2000/svg', name);
  Object.entries(attributes).forEach(([key, value]) => element.setAttribute(key, value));
  return element;
}

/** Says aloud what the button shows; it must be in the page before its text changes. */
function liveRegion(panelNode) {
  const live = document.createElement('div');
  live.className = 'gemini-magic-hidden';
  live.setAttribute('aria-live', 'polite');
  panelNode.append(live);
  return live;
}

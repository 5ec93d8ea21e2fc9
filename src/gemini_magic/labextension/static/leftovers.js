/*
 * What becomes of a reply whose page went away while it streamed. The reply's widgets are gone, and no text but "Loading
 * widget…" or an error would stand in their place. Their outputs say in their metadata whose they were, and the kernel
 * says which of its widgets live: from both follows what is shown instead.
 */

import { hasReplies } from './sources.js';

const WIDGETS = 'jupyter.widget';
// A widget's name: which of a reply's widgets it is, and the reply's name, which begins with the cell's id.
const NAME = /^gemini-magic-(\w+)-((.*)-[0-9a-f]+)$/;
// All that a reply may have: what is heard of one tells of the others.
const KINDS = ['bar', 'bar_layout', 'panel', 'panel_layout'];
const DEATHS = ['restarting', 'autorestarting', 'terminating', 'dead'];

const FATES = {
  streaming: 'this reply still streams in the kernel; interrupt to stop, `%gemini --show` draws it',
  ended: 'ended after the reload; `%gemini --show` draws all of it',
  gone: 'interrupted: the notebook was saved while this reply was streaming'
};
const NO_THOUGHTS = 'Thoughts: not saved, the reply was streaming';

export class Leftovers {
  constructor(notebook, sessionContext) {
    this.notebook = notebook;
    this.sessionContext = sessionContext;
    sessionContext.kernelChanged.connect((_, { newValue }) => this.listen(newValue));
    this.kernel = null; // the one that is listened to
    this.met = new Set(); // names of widgets that this page was told of
    this.followed = new Set(); // names of replies that stream, and whose widgets this page never had
  }

  /** Says in these cells, which are new in the page, what has become of their replies. */
  async replace(cells) {
    // Noted before the kernel is asked: what comes later is alive in this page.
    const found = cells.flatMap(leftoversOf);
    if (!found.length && !cells.some(cell => hasReplies(cell.model.sharedModel.getSource()))) {
      return;
    }
    await this.sessionContext.ready;
    if (this.notebook.isDisposed) {
      return;
    }
    const kernel = this.sessionContext.session?.kernel;
    this.listen(kernel);
    const known = kernel ? await askFor(kernel) : { process: null, living: [] };
    if (!known || kernel?.isDisposed || this.notebook.isDisposed) {
      return;
    }
    this.meet(known.living);
    const living = new Set(known.living.map(name => NAME.exec(name)?.[2]));
    for (const { left } of found.filter(({ left }) => !living.has(left.reply))) {
      this.settle(left.reply, left.kernel === known.process ? 'ended' : 'gone');
    }
  }

  /** A kernel that is busy with a long reply takes seconds to answer, but what it tells its widgets comes at once. */
  listen(kernel) {
    if (!kernel || kernel === this.kernel) {
      return;
    }
    this.kernel = kernel;
    kernel.iopubMessage.connect((_, { header, content }) => {
      if (header.msg_type === 'comm_open') {
        this.met.add(content.comm_id);
      } else if (header.msg_type === 'comm_msg') {
        this.meet([content.comm_id]);
      }
    });
    kernel.statusChanged.connect((_, status) => DEATHS.includes(status) && this.end([...this.followed], 'gone'));
  }

  /** These widgets live. Those that the page never had belong to replies that streamed when it came. */
  meet(names) {
    const { kernel } = this;
    for (const name of names) {
      const [, kind, reply, cell] = NAME.exec(name) ?? [];
      if (!kind || !kernel.handleComms || kernel.hasComm(name) || this.met.has(name)) {
        continue;
      }
      const [bar] = KINDS.map(one => this.expect(`gemini-magic-${one}-${reply}`));
      bar.onClose = () => this.end([reply], 'ended');
      this.followed.add(reply);
      this.settle(reply, 'streaming') || this.add(reply, cell);
    }
  }

  /** Who hears that a widget goes, and does not know it, takes that for an error. */
  expect(name) {
    this.met.add(name);
    return this.kernel.hasComm(name) ? {} : this.kernel.createComm(WIDGETS, name);
  }

  end(replies, fate) {
    for (const reply of replies) {
      this.followed.delete(reply);
      this.settle(reply, fate);
    }
  }

  /** Replaces what the reply's widgets left; tells whether they had left anything. */
  settle(reply, fate) {
    const found = this.notebook.widgets.flatMap(leftoversOf).filter(({ left }) => left.reply === reply);
    // As trusted as it was: the area sees to that.
    found.forEach(({ cell, left, index }) => cell.model.outputs.set(index, outputOf(left, fate)));
    return found.length > 0;
  }

  /** A notebook that was not saved meanwhile has nothing of the reply: only its name tells the cell. */
  add(reply, id) {
    const cell = this.notebook.widgets.find(({ model }) => model.type === 'code' && model.id === id);
    cell?.model.outputs.add(outputOf({ reply }, 'streaming'));
  }
}

/** The outputs of a cell that had a widget of ours, or say that a reply still streams. */
function leftoversOf(cell) {
  const outputs = cell.model.type === 'code' ? cell.model.outputs : { length: 0 };
  return Array.from({ length: outputs.length }, (_, index) => {
    const left = outputs.get(index).metadata?.gemini_magic?.left;
    return { cell, left, index };
  }).filter(({ left }) => typeof left?.reply === 'string');
}

/** What is shown in the place of a widget; while its reply streams, it can be found again. */
function outputOf(left, fate) {
  const isReply = left.of !== 'panel';
  const data = isReply ? lineOf(left.model, FATES[fate]) : lineOf('', NO_THOUGHTS);
  const metadata = isReply && fate === 'streaming' ? { gemini_magic: { left } } : {};
  return { output_type: 'display_data', data, metadata };
}

/** A line like the usage line. The name comes from a file, so it goes through text nodes. */
function lineOf(model, text) {
  const small = document.createElement('small');
  if (model) {
    small.append(codeOf(String(model)), ' · ');
  }
  text.split('`').forEach((piece, index) => small.append(index % 2 ? codeOf(piece) : piece));
  return { 'text/html': small.outerHTML, 'text/plain': small.textContent };
}

function codeOf(text) {
  const code = document.createElement('code');
  code.textContent = text;
  return code;
}

/**
 * The kernel's process, and the names of its widgets; null where it cannot be told. A kernel that is busy answers on the
 * control channel only.
 */
async function askFor(kernel) {
  try {
    const content = { target_name: WIDGETS };
    const answers = [kernel.requestCommInfo(content), askOnControl(kernel, content)];
    const answer = await Promise.any(answers);
    const isOk = answer.content.status === 'ok';
    return isOk ? { process: answer.header.session, living: Object.keys(answer.content.comms) } : null;
  } catch {
    return null;
  }
}

async function askOnControl(kernel, content) {
  const header = {
    msg_id: `${kernel.clientId}-comms-${Math.random()}`,
    msg_type: 'comm_info_request',
    session: kernel.clientId,
    username: kernel.username,
    date: new Date().toISOString(),
    version: '5.3'
  };
  const message = { header, parent_header: {}, metadata: {}, content, buffers: [], channel: 'control' };
  return kernel.sendControlMessage(message, true).done;
}

/*
 * A notebook that is saved while a reply streams has widgets in it, and when it is opened again they may be gone: no
 * text but "Loading widget…" or an error. Such outputs say in their metadata what is to be shown then.
 */

const WIDGET = 'application/vnd.jupyter.widget-view+json';

/** Replaces what dead widgets have left in these cells. What a kernel still shows is left alone. */
export async function replaceLeftovers(cells, sessionContext) {
  // Noted before the kernel is asked: what comes later is alive.
  const found = cells.map(cell => [cell, leftoversOf(cell)]).filter(([_, ids]) => ids.length);
  const living = found.length && (await livingWidgets(sessionContext));
  if (!living) {
    return;
  }
  for (const [cell, ids] of found) {
    if (!cell.isDisposed) {
      replaceIn(cell.model.outputs, new Set(ids.filter(id => !living.has(id))));
    }
  }
}

function leftoversOf(cell) {
  const outputs = cell.model.outputs;
  return Array.from({ length: outputs.length }, (_, index) => widgetOf(outputs.get(index))).filter(Boolean);
}

/** The id of the widget in an output that can do without. */
function widgetOf({ data, metadata }) {
  return leftBy(metadata) && data[WIDGET]?.model_id;
}

function leftBy(metadata) {
  return metadata?.gemini_magic?.left;
}

function replaceIn(outputs, ids) {
  for (let index = 0; index < outputs.length; index++) {
    const output = outputs.get(index);
    if (ids.has(widgetOf(output))) {
      // As trusted as it was: the area sees to that.
      outputs.set(index, { output_type: 'display_data', data: leftBy(output.metadata), metadata: {} });
    }
  }
}

/** The ids of the widgets that the kernel has; null where it cannot be told. A busy kernel answers late. */
async function livingWidgets(sessionContext) {
  await sessionContext.ready;
  const kernel = sessionContext.session?.kernel;
  if (!kernel) {
    return new Set();
  }
  try {
    const { content } = await kernel.requestCommInfo({ target_name: 'jupyter.widget' });
    return content.status === 'ok' ? new Set(Object.keys(content.comms)) : null;
  } catch {
    return null;
  }
}

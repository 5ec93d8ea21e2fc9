// Thoughts while they stream: text is added to a block that opens and closes as the reader likes.

function render({ model, el }) {
  const details = document.createElement('details');
  const summary = document.createElement('summary');
  const text = document.createElement('div');
  details.style.fontSize = 'var(--jp-ui-font-size1, 13px)';
  details.style.color = 'var(--jp-ui-font-color2, inherit)';
  text.style.whiteSpace = 'pre-wrap';
  text.style.overflowWrap = 'anywhere';
  text.style.unicodeBidi = 'plaintext';
  text.style.fontFamily = 'var(--jp-content-font-family, sans-serif)';
  text.style.margin = '4px 0 4px 6px';
  text.style.padding = '0 0 0 12px';
  text.style.borderLeft = '3px solid var(--jp-border-color2, currentColor)';
  summary.style.cursor = 'pointer';
  // As high as the block that takes its place (see style.css of the extension).
  summary.style.lineHeight = '22px';
  details.append(summary, text);
  const update = () => {
    const whole = model.get('text');
    const shown = text.textContent;
    // Appended, so that what is selected stays selected.
    if (whole.startsWith(shown)) text.append(whole.slice(shown.length));
    else text.textContent = whole;
    summary.textContent = model.get('title');
  };
  update();
  // Told to the kernel, so that the block which stays in the notebook is as the reader left it.
  details.addEventListener('toggle', () => {
    model.set('is_open', details.open);
    model.save_changes();
  });
  model.on('change', update);
  el.append(details);
  return () => model.off('change', update);
}

// Only when the page has loaded it, the widget can go without an error.
const initialize = ({ model }) => model.send('loaded');

export default { initialize, render };

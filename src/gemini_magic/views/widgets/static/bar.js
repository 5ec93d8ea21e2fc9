// The bar of a streaming reply. The kernel says what it shows; a click on Stop goes to the kernel as a message, and
// only if that cannot hear while a cell runs (or does not answer), the page interrupts it.

// As high as the usage line that takes its place (see style.css of the extension), and one line at any width. Stop stands
// where it stays: nothing before it has a width that changes.
const STYLE = `
.gemini-bar-place { container-type: inline-size; margin: 0 0 6px; }
.gemini-bar { display: flex; align-items: center; gap: 10px; height: 26px; white-space: nowrap; overflow: hidden;
  font-size: var(--jp-ui-font-size1, 13px); font-family: var(--jp-ui-font-family, sans-serif);
  color: var(--jp-ui-font-color1, inherit); }
.gemini-bar code { font-family: var(--jp-code-font-family, monospace); font-size: 0.95em; }
.gemini-bar-seconds, .gemini-bar-facts { color: var(--jp-ui-font-color2, inherit); font-variant-numeric: tabular-nums; }
.gemini-bar-facts { overflow: hidden; text-overflow: ellipsis; }
.gemini-bar-dot { width: 8px; height: 8px; border-radius: 50%; background: var(--jp-brand-color1, #1976d2);
  animation: gemini-bar-pulse 1.2s ease-in-out infinite; flex: none; margin-left: 2px; }
@keyframes gemini-bar-pulse { 50% { opacity: 0.25; } }
@media (prefers-reduced-motion: reduce) { .gemini-bar-dot { animation: none; } }
.gemini-bar-stop { font: inherit; line-height: 18px; padding: 1px 8px; border-radius: 3px; cursor: pointer;
  flex: none; min-width: 96px; box-sizing: border-box; color: var(--jp-ui-font-color1, inherit);
  background: var(--jp-layout-color2, transparent); border: 1px solid var(--jp-border-color1, currentColor); }
.gemini-bar-stop:hover { background: var(--jp-layout-color3, rgba(128, 128, 128, 0.2)); }
.gemini-bar-stop:focus-visible { outline: 2px solid var(--jp-brand-color1, #1976d2); outline-offset: -2px; }
.gemini-bar-stop[aria-disabled=true] { opacity: 0.6; cursor: default; }
@container (max-width: 440px) { .gemini-bar > code, .gemini-bar-facts { display: none; } }
.gemini-bar-floating { position: fixed; z-index: 9999; height: 36px; padding: 4px 8px; border-radius: 4px;
  box-sizing: border-box; background: var(--jp-layout-color1, Canvas);
  border: 1px solid var(--jp-border-color1, currentColor);
  box-shadow: var(--jp-elevation-z4, 0 2px 6px rgba(0, 0, 0, 0.3)); }
.gemini-bar-floating > code, .gemini-bar-floating > .gemini-bar-facts { display: none; }
.gemini-bar-floating > .gemini-bar-stop { order: 1; }
.gemini-bar-floating[hidden] { display: none; }
`;
const UNSEEN = 'position: fixed; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap';
const NOTEBOOK = '.jp-WindowedPanel-outer, .jp-Notebook, #notebook';

const ANSWER_MS = 250; // how long the kernel may take to answer a click
const CONTROL_MS = 2000; // the same where it hears for certain: an interrupt is for one that is stuck
const SETTLE_MS = 50; // for answers that are here, but behind other work; where the browser cannot tell
const SPEAK_MS = 100; // a live region speaks of what changes after it was made
const DEATHS = ['restarting', 'autorestarting', 'terminating', 'dead'];

function make(tag, className, text = '') {
  const node = document.createElement(tag);
  node.className = className;
  node.textContent = text;
  return node;
}

// A live region must outlive what it speaks of, so there is one for the page.
function say(text) {
  let region = document.querySelector('.gemini-bar-heard');
  if (!region) {
    region = make('div', 'gemini-bar-heard');
    region.style.cssText = UNSEEN;
    region.setAttribute('role', 'status');
    region.setAttribute('aria-live', 'polite');
    document.body.append(region);
  }
  setTimeout(() => (region.textContent = text), SPEAK_MS);
}

function kernelOf(model) {
  const manager = model.widget_manager;
  return manager?.kernel ?? manager?.context?.sessionContext?.session?.kernel ?? manager?.notebook?.kernel;
}

function canControl(model, kernel) {
  return Boolean(model.get('control') && kernel?.sendControlMessage);
}

// Comm messages go to a subshell, where the kernel has such; the control channel is heard by any ipykernel.
function tell(model, kernel, content) {
  model.send(content);
  if (!canControl(model, kernel)) return;
  const header = {
    msg_id: `${kernel.clientId}-${Date.now()}-${Math.random()}`,
    msg_type: 'comm_msg',
    session: kernel.clientId,
    username: kernel.username,
    date: new Date().toISOString(),
    version: '5.3',
  };
  const data = { method: 'custom', content };
  kernel.sendControlMessage({
    header,
    parent_header: {},
    metadata: {},
    content: { comm_id: model.get('control'), data },
    buffers: [],
    channel: 'control',
  });
}

// A page that is behind has not read yet that the reply has ended, and its interrupt would hit the next cell. So
// it works off first what has arrived.
function whenIdle(then) {
  if (window.requestIdleCallback) requestIdleCallback(then);
  else setTimeout(then, SETTLE_MS);
}

// Tells when nothing can come from the kernel any more; returns a function that ends the watch.
function watchKernel(kernel, onDeath) {
  const onStatus = (_, status) => DEATHS.includes(status) && onDeath();
  kernel?.statusChanged?.connect(onStatus);
  kernel?.disposed?.connect(onDeath);
  return () => {
    kernel?.statusChanged?.disconnect(onStatus);
    kernel?.disposed?.disconnect(onDeath);
  };
}

function makeBar(stop) {
  const bar = make('div', 'gemini-bar');
  const dot = make('span', 'gemini-bar-dot');
  const name = make('code', '');
  const seconds = make('span', 'gemini-bar-seconds');
  const facts = make('span', 'gemini-bar-facts');
  // Each second anew: seen, not spoken.
  seconds.setAttribute('aria-hidden', 'true');
  facts.setAttribute('aria-hidden', 'true');
  const button = make('button', 'gemini-bar-stop', 'Stop');
  button.type = 'button';
  button.setAttribute('aria-label', 'Stop this reply');
  button.addEventListener('click', stop);
  bar.append(make('style', '', STYLE), dot, button, seconds, name, facts);
  const update = (model, elapsed, stopping) => {
    name.textContent = model.get('model');
    seconds.textContent = `${elapsed} s`;
    facts.textContent = model.get('progress');
    button.textContent = stopping ? 'Stopping…' : 'Stop';
    // Not `disabled`, which would take the focus away from whoever pressed it.
    button.setAttribute('aria-disabled', stopping);
  };
  const die = () => {
    bar.replaceChildren(make('style', '', STYLE), make('span', '', 'The kernel has ended, and the reply with it.'));
  };
  return { bar, update, die };
}

// While the bar itself is scrolled out of its notebook's sight, a second one floats there.
function keepInReach(el, floating) {
  let home = null;
  let visible = true;
  const place = () => {
    // Looked up late and kept: a view is made before it is in the page, and may be taken out when scrolled away.
    home = el.closest(NOTEBOOK) ?? home;
    const box = home?.getBoundingClientRect();
    // Classic Notebook draws an output anew in another element, and tells the old view nothing.
    const replaced = home?.id === 'notebook' && !el.isConnected;
    floating.hidden = visible || replaced || !box?.width || !box?.height;
    if (floating.hidden) return;
    floating.style.top = `${Math.max(box.top, 0) + 6}px`;
    floating.style.right = `${Math.max(window.innerWidth - box.right, 0) + 24}px`;
  };
  const observer = new IntersectionObserver(entries => {
    visible = entries.at(-1).isIntersecting;
    place();
  });
  floating.hidden = true;
  document.body.append(floating);
  observer.observe(el);
  window.addEventListener('resize', place);
  const end = () => {
    observer.disconnect();
    window.removeEventListener('resize', place);
    floating.remove();
  };
  return { place, end };
}

// The bar goes, and would leave the keyboard nowhere.
function handFocusOn(el, floating) {
  const focused = document.activeElement;
  if (el.contains(focused) || floating.contains(focused)) {
    el.closest('.jp-Cell, .cell')?.focus({ preventScroll: true });
  }
}

function render(model, el, started) {
  const kernel = kernelOf(model);
  let timer = 0;
  let clicked = false;
  let ended = false;
  const isOver = () => ended || model.get('state') !== 'streaming';
  const interrupt = () => {
    if (isOver()) return;
    if (kernel) kernel.interrupt();
    else say('Use the stop button of the notebook.');
  };
  const stop = () => {
    if (isOver() || clicked) return;
    clicked = true;
    tell(model, kernel, 'stop');
    timer = setTimeout(() => whenIdle(interrupt), canControl(model, kernel) ? CONTROL_MS : ANSWER_MS);
    update();
  };
  const here = makeBar(stop);
  const there = makeBar(stop);
  there.bar.classList.add('gemini-bar-floating');
  el.classList.add('gemini-bar-place');
  el.append(here.bar);
  const reach = keepInReach(el, there.bar);
  const update = () => {
    const seconds = Math.floor((Date.now() - started) / 1000);
    for (const bar of [here, there]) bar.update(model, seconds, clicked || isOver());
    reach.place();
  };
  const end = () => {
    ended = true;
    clearInterval(ticking);
    clearTimeout(timer);
    model.off('change', onChange);
    unwatch();
    reach.end();
  };
  const onChange = () => {
    update();
    if (model.get('state') !== 'done') return;
    handFocusOn(el, there.bar);
    end();
    say('The reply has ended.');
  };
  const onDeath = () => {
    end();
    here.die();
  };
  const ticking = setInterval(update, 1000);
  const unwatch = watchKernel(kernel, onDeath);
  model.on('change', onChange);
  update();
  tell(model, kernel, 'shown');
  return end;
}

// Called once for each reply; its bar may be shown in more than one place.
export default () => {
  const started = Date.now();
  let said = false;
  return {
    // Only then can the widget go without an error.
    initialize: ({ model }) => tell(model, kernelOf(model), 'loaded'),
    render({ model, el }) {
      if (!said) say(`${model.get('model')} is answering. The button Stop ends the reply.`);
      said = true;
      return render(model, el, started);
    },
  };
};

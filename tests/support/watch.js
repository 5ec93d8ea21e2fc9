// Put into a page before anything else: notes in `harm` what an output must never have, even briefly.
() => {
  const FORBIDDEN = new Set(('script iframe frame frameset object embed applet form style meta base link ' +
    'svg image video audio source track picture textarea select button template title portal').split(' '));
  const ATTRIBUTES = new RegExp('^(on.*|data-commandlinker.*|srcdoc|formaction|action|background|poster|' +
    'srcset|ping|xlink:href|http-equiv|autofocus|contenteditable|accesskey)$', 'i');
  const ALLOWED = /^http:\/\/127\.0\.0\.1:\d+\/allowed\//;
  const STYLE = /url|fixed|expression/;
  // Widgets are in a panel of their own; what they show is checked, too, but for their own tags and styles.
  const OURS = '.jp-OutputArea-output.lm-Panel, .gemini-magic-copy';
  const OUR_TAGS = new Set(['style', 'button', 'svg']);
  const PRINTED = '[data-mime-type^="application/vnd.jupyter."]';
  window.harm = [];
  window.commands = [];

  const isGoodLink = link => {
    const value = link.getAttribute('href');
    // JupyterLab itself makes links of what is printed: files in the notebook, all else apart from the page.
    const isApart = link.rel === 'noopener' && link.target === '_blank';
    if (link.closest(PRINTED)) return isApart || link.origin === location.origin;
    // Headings of Markdown and equation numbers lead to places in the page.
    if (value.startsWith('#')) return link.matches('.jp-InternalAnchorLink, mjx-container a');
    return /^(https?|mailto):$/.test(link.protocol) && link.origin !== location.origin;
  };

  const harmOfAttribute = (element, tag, name, value) => {
    if (ATTRIBUTES.test(name)) return true;
    if (name === 'href') return tag !== 'a' && !value.startsWith('#');
    const isMath = () => element.closest('mjx-container');
    if (name === 'style' && /^margin-left: ?auto;?$/.test(value)) return tag !== 'table';
    if (name === 'style' && /^text-align: ?(left|center|right);?$/.test(value)) return !/^(p|td|th)$/.test(tag);
    if (name === 'style') return !(isMath() ? !STYLE.test(value) : element.closest(OURS));
    return (name === 'id' || name === 'name') && !(/^mjx-/i.test(value) && isMath());
  };

  const harmOf = element => {
    const found = [];
    const tag = element.localName;
    if (FORBIDDEN.has(tag) && !(OUR_TAGS.has(tag) && element.closest(OURS))) found.push(`<${tag}>`);
    if (tag === 'img' && !ALLOWED.test(element.src)) found.push(`<img ${element.src}>`);
    if (tag === 'input' && !(element.type === 'checkbox' && element.disabled)) found.push('<input>');
    if (tag === 'a' && element.hasAttribute('href') && !isGoodLink(element)) found.push(`to ${element}`);
    for (const { name, value } of element.attributes) {
      if (harmOfAttribute(element, tag, name, value)) found.push(`<${tag} ${name}=${value}>`);
    }
    return found;
  };

  window.findHarm = root => {
    const found = [root, ...root.querySelectorAll('*')].flatMap(harmOf);
    return found.length ? [...new Set(found), root.textContent.slice(0, 300)] : [];
  };

  const look = node => {
    if (node.nodeType !== Node.ELEMENT_NODE) return;
    const inside = node.parentElement?.closest('.jp-OutputArea-output');
    const roots = inside ? [node] : [...node.querySelectorAll('.jp-OutputArea-output > *')];
    roots.forEach(root => window.harm.push(...window.findHarm(root)));
  };
  let changed = performance.now();
  new MutationObserver(records => {
    changed = performance.now();
    for (const record of records) {
      if (record.type === 'attributes') {
        const { target } = record;
        const isInside = target.parentElement?.closest('.jp-OutputArea-output');
        if (isInside) window.harm.push(...harmOf(target));
      } else {
        record.addedNodes.forEach(look);
      }
    }
  }).observe(document, { childList: true, subtree: true, attributes: true });

  // Typesetting goes on for a while after an output has come.
  window.settle = async () => {
    const latest = performance.now() + 10000; // something may move for ever
    const rest = () => new Promise(done => setTimeout(done, 50));
    while (performance.now() < Math.min(changed + 400, latest)) await rest();
  };
  window.lookAtAll = () => {
    const roots = document.querySelectorAll('.jp-OutputArea-output > *, .jp-TableOfContents-tree');
    return [...roots].flatMap(window.findHarm);
  };
  window.touchAll = async () => {
    const opened = [];
    jupyterapp.commands.commandExecuted.connect((_, { id }) => window.commands.push(id));
    // Last in line: whatever else listens has had the click, and only where it leads is left out.
    window.addEventListener('click', event => {
      const link = event.target.closest?.('a[href]');
      if (link && isGoodLink(link) && !link.getAttribute('href').startsWith('#')) {
        opened.push(link.href);
        event.preventDefault();
      }
    });
    const things = '.jp-OutputArea-output :is(a, summary, [tabindex], input, button, b)';
    // A path in what is printed opens that file, or asks for the debugger: nothing that a reply could change.
    const isPath = thing => thing.closest(PRINTED) && thing.origin === location.origin;
    for (const thing of [...document.querySelectorAll(things)].filter(thing => !isPath(thing))) {
      for (const type of ['pointerover', 'pointerenter', 'mouseover', 'mouseenter', 'mousemove', 'toggle']) {
        thing.dispatchEvent(new MouseEvent(type, { bubbles: true }));
      }
      thing.focus();
      thing.click();
      thing.blur();
    }
    await window.settle();
    return opened;
  };
}

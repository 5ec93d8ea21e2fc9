/* The plugin: every notebook that is open, or is opened later, gets a PanelWatch. */

import { PanelWatch } from './panel.js';

/** Both tokens may be missing (a page without notebooks, another application): then nothing, or less, is done. */
export function createPlugin(trackerToken, languagesToken) {
  return {
    id: 'gemini-magic:plugin',
    description: 'Highlights prompts as Markdown and adds copy buttons to the code in their replies.',
    autoStart: true,
    optional: [trackerToken, languagesToken].filter(Boolean),
    activate(app, ...services) {
      const tracker = trackerToken ? services.shift() : null;
      const languages = languagesToken ? services.shift() : null;
      if (!tracker) {
        return;
      }
      addStyles();
      tracker.forEach(panel => watch(panel, languages));
      tracker.widgetAdded.connect((_, panel) => watch(panel, languages));
    }
  };
}

/** What goes wrong here must not keep a notebook from opening. */
function watch(panel, languages) {
  try {
    new PanelWatch(panel, languages);
  } catch (error) {
    console.warn('gemini-magic: a notebook is shown without its help', error);
  }
}

function addStyles() {
  const link = document.createElement('link');
  link.rel = 'stylesheet';
  link.href = new URL('style.css', import.meta.url);
  document.head.append(link);
}

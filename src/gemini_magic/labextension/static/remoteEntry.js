'use strict';

/*
 * What JupyterLab and Notebook 7 load first. There is no bundler: this file is the container they ask for, by hand,
 * and everything else is a plain ES module beside it.
 *
 * The protocol: a container in window._JUPYTERLAB under the package's name; init(scope) hands it the modules that the
 * application shares; get('./extension') promises a function that returns the module with the plugins.
 */
(() => {
  // Only known while this script runs for the first time.
  const here = new URL('.', document.currentScript.src);
  let shared = {};

  const container = {
    init(scope) {
      shared = scope;
    },

    async get(module) {
      if (module !== './extension') {
        throw new Error(`gemini-magic has no module ${module}`);
      }
      const [{ createPlugin }, notebook, codemirror] = await Promise.all([
        import(new URL('plugin.js', here)),
        sharedModule('@jupyterlab/notebook'),
        sharedModule('@jupyterlab/codemirror')
      ]);
      // Not the module itself: the application writes a property into what it gets, and modules are frozen.
      const plugin = createPlugin(notebook?.INotebookTracker, codemirror?.IEditorLanguageRegistry);
      return () => ({ __esModule: true, default: plugin });
    }
  };

  /** The application's own copy of a module (tokens are compared by identity), or null where it has none. */
  async function sharedModule(name) {
    const versions = Object.entries(shared[name] ?? {});
    if (versions.length === 0) {
      return null;
    }
    // Another extension may have brought a copy, too: the loaded one counts, then the newest, as in the bundlers.
    versions.sort(([a, one], [b, other]) => Boolean(other.loaded) - Boolean(one.loaded) || compare(b, a));
    try {
      const factory = await versions[0][1].get();
      return factory();
    } catch (error) {
      console.warn(`gemini-magic: ${name} did not load`, error);
      return null;
    }
  }

  function compare(a, b) {
    return a.localeCompare(b, 'en', { numeric: true });
  }

  window._JUPYTERLAB = window._JUPYTERLAB ?? {};
  window._JUPYTERLAB['gemini-magic'] = container;
})();

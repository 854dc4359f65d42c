// What opens above the page and keeps the focus until it is done with.
import { html, useEffect, useId, useLayoutEffect, useRef, useState } from './lib.js';
import { Notice } from './parts.js';
import { lostSession } from './session.js';

/** onClose: called when it is left by Escape or its cross; without it, neither does anything. */
export function Dialog({ title, onClose, wide, children }) {
  const box = useRef(null);
  const id = useId();
  useLayoutEffect(() => {
    const dialog = box.current;
    dialog.showModal();
    // Closing it, rather than only taking it away, gives the focus back.
    return () => dialog.close();
  }, []);
  return html`
    <dialog
      ref=${box}
      class=${wide ? 'wide' : ''}
      aria-labelledby=${id}
      onCancel=${(event) => {
        event.preventDefault();
        onClose?.();
      }}
    >
      <header>
        <h2 id=${id}>${title}</h2>
        ${onClose &&
        html`<button type="button" class="button small" aria-label="Close" onClick=${onClose}>✕</button>`}
      </header>
      ${children}
    </dialog>
  `;
}

/** Does something once at a time, and keeps what went wrong. */
export function useTask() {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState(null);
  const run = async (work) => {
    if (busy) return;
    setBusy(true);
    setError(null);
    try {
      await work();
    } catch (e) {
      if (e.signedOut) lostSession();
      else setError(e);
    } finally {
      setBusy(false);
    }
  };
  return { busy, error, run, forget: () => setError(null) };
}

/** Asks before something that matters; work returns a promise. */
export function Confirm({ title, action, danger, onDone, onClose, work, children }) {
  const task = useTask();
  const cancel = useRef(null);
  // Enter must not do by accident what cannot be undone.
  useEffect(() => cancel.current.focus(), []);
  const go = () =>
    task.run(async () => {
      await work();
      onDone();
    });
  return html`
    <${Dialog} title=${title} onClose=${onClose}>
      <div class="stack">
        <div>${children}</div>
        ${task.error && html`<${Notice} kind="bad" role="alert">${task.error.message}<//>`}
        <div class="row end">
          <button type="button" class="button" ref=${cancel} onClick=${onClose}>Cancel</button>
          <button
            type="button"
            class=${`button primary ${danger ? 'danger' : ''}`}
            disabled=${task.busy}
            onClick=${go}
          >
            ${action}
          </button>
        </div>
      </div>
    <//>
  `;
}

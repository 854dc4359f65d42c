// Asking again and again, and what is shown meanwhile.
import { html, useCallback, useEffect, useRef, useState } from './lib.js';
import { clock } from './format.js';
import { Notice, Skeleton, useWhileVisible } from './parts.js';
import { lostSession } from './session.js';

/**
 * What a question answers: asked at once, when one of inputs changes, and every so many
 * milliseconds while the page can be seen. A later failure leaves the last answer in place.
 */
export function useData(ask, inputs, millis = 10_000) {
  const [state, setState] = useState({ value: null, error: null, at: 0 });
  const turn = useRef(0);
  const load = useCallback(async () => {
    const mine = ++turn.current;
    try {
      const value = await ask();
      if (mine === turn.current) setState({ value, error: null, at: Date.now() });
    } catch (error) {
      if (mine !== turn.current) return;
      if (error.signedOut) lostSession();
      else setState((before) => ({ ...before, error }));
    }
  }, inputs);
  useEffect(() => {
    load();
    return () => {
      turn.current++;
    };
  }, [load]);
  useWhileVisible(load, millis);
  return { ...state, reload: load };
}

/** Shows data, its skeleton or its trouble. children is a function of the value. */
export function Loaded({ data, lines = 4, label, children }) {
  const trouble =
    data.error &&
    html`<${Notice}
      kind=${data.value ? 'warn' : 'bad'}
      role="alert"
      title=${data.value ? `Not refreshed since ${clock(data.at)}.` : 'This cannot be shown.'}
    >
      ${data.error.message}
      <p><button type="button" class="button small" onClick=${data.reload}>Try again</button></p>
    <//>`;
  if (data.value === null) {
    return trouble || html`<div class="card"><${Skeleton} lines=${lines} label=${label} /></div>`;
  }
  return html`${trouble}${children(data.value)}`;
}

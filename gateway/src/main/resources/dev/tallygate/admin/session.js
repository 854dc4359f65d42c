// Signing in with the admin token, and what happens when the session ends.
import { html, useEffect, useRef, useState } from './lib.js';
import { Notice } from './parts.js';
import { session } from './api.js';

let onLost = () => {};

/** Somebody was answered 401: the session is over, wherever in the dashboard that was. */
export const lostSession = () => onLost();

export function useSession() {
  // null while it is not known
  const [state, setState] = useState({ signedIn: null, ended: false, error: null });
  const find = async () => {
    try {
      await session.now();
      setState({ signedIn: true });
    } catch (error) {
      setState({ signedIn: error.signedOut ? false : null, error: error.signedOut ? null : error });
    }
  };
  useEffect(() => {
    onLost = () => setState((before) => ({ signedIn: false, ended: before.signedIn === true }));
    find();
  }, []);
  return {
    ...state,
    find,
    begun: () => setState({ signedIn: true }),
    end: async () => {
      try {
        await session.end();
      } catch (error) {
        if (!error.signedOut) {
          // The cookie may still be good: whoever walks away now should know.
          setState({ signedIn: null, error });
          return;
        }
      }
      setState({ signedIn: false });
    },
  };
}

export function SignIn({ ended, onDone }) {
  const [token, setToken] = useState('');
  const [error, setError] = useState(null);
  const [busy, setBusy] = useState(false);
  const field = useRef(null);
  useEffect(() => field.current.focus(), []);
  const submit = async (event) => {
    event.preventDefault();
    if (!token.trim()) {
      setError('Enter the admin token.');
      field.current.focus();
      return;
    }
    setBusy(true);
    try {
      await session.begin(token.trim());
      onDone();
    } catch (e) {
      setError(e.signedOut ? 'This is not the admin token. It is what ADMIN_TOKEN is set to.' : e.message);
      setBusy(false);
      field.current.focus();
    }
  };
  return html`
    <main class="sign-in" id="main">
      <form class="card stack" onSubmit=${submit} novalidate>
        <span class="brand"><img src="assets/icon.svg" alt="" width="28" height="28" />Tallygate</span>
        <h1>Sign in</h1>
        ${ended && html`<${Notice} kind="warn" role="status">Your session has ended. Sign in to go on where you were.<//>`}
        <div class="field">
          <label for="token">Admin token</label>
          <input
            id="token"
            ref=${field}
            type="password"
            autocomplete="current-password"
            value=${token}
            aria-invalid=${error ? 'true' : 'false'}
            aria-describedby="token-error"
            onInput=${(event) => setToken(event.target.value)}
          />
          <p class="error" id="token-error" role="alert">${error}</p>
        </div>
        <button class="button primary" disabled=${busy}>${busy ? 'Signing in…' : 'Sign in'}</button>
        <p class="muted small-print">The token the gateway was started with, <code>ADMIN_TOKEN</code>.</p>
      </form>
    </main>
  `;
}

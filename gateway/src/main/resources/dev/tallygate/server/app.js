// The holder's page. The key lives in this script's memory and nowhere else: not in the address,
// not in storage, and a reload forgets it.
import { html, render, useEffect, useRef, useState } from './lib.js';
import { away, clock, count, day, many, moment, percent } from './format.js';
import { Badge, ModelTable, Notice, QuotaBar, QuotaNotice, quotaState, Skeleton, Time, useWhileVisible } from './parts.js';
import { Setup } from './setup.js';

const REFRESH_MILLIS = 10_000;
const base = new URL('.', location.href).href.replace(/\/$/, '');

/** What no request can carry, and what cannot be seen: zero-width spaces, printers' quotes. */
const STRANGE = /[^\x20-\x7e\xa1-\xac\xae-\xff]/u;

/** The key in what was pasted, which may be a whole header. */
const keyIn = (text) => text.trim().replace(/^(authorization:\s*)?bearer\s+/i, '');

/** What is wrong with a key before anybody is asked about it, or null. */
function mistakeIn(key) {
  if (!key) return 'Paste your key first.';
  const [strange] = STRANGE.exec(key) ?? [];
  if (!strange) return null;
  const code = strange.codePointAt(0).toString(16).toUpperCase().padStart(4, '0');
  return `Character ${[...key].indexOf(strange) + 1} of it, U+${code}, is one that keys do not have. Copy the key again, and nothing around it.`;
}

/** Asks for a key's figures; the error's message is for its holder. */
async function ask(key) {
  let answer;
  try {
    answer = await fetch('stats', {
      headers: { Authorization: `Bearer ${key}` },
      cache: 'no-store',
      credentials: 'omit',
      signal: AbortSignal.timeout(15_000),
    });
  } catch {
    throw new Error('The gateway cannot be reached. Check your connection and try again.');
  }
  if (answer.ok) return answer.json();
  if (answer.status === 401) {
    throw Object.assign(
      new Error('The gateway does not know this key. Paste all of it; if it was rotated or revoked, ask for a new one.'),
      { unknown: true },
    );
  }
  throw new Error(`The gateway answered ${answer.status}. Try again in a moment.`);
}

function KeyForm({ busy, error, onKey }) {
  const [text, setText] = useState('');
  const [shown, setShown] = useState(false);
  const [mistake, setMistake] = useState(null);
  const field = useRef(null);
  const wrong = mistake ?? error;
  const submit = (event) => {
    event.preventDefault();
    const key = keyIn(text);
    const found = mistakeIn(key);
    setMistake(found);
    if (found) field.current.focus();
    else onKey(key);
  };
  useEffect(() => {
    if (error) field.current?.focus();
  }, [error]);
  return html`
    <form class="card key-form" onSubmit=${submit} novalidate>
      <div class="field">
        <label for="key">Your key</label>
        <div class="with-button">
          <input
            id="key"
            ref=${field}
            class=${shown ? 'mono' : 'hidden-text'}
            type="text"
            autocomplete="off"
            autocapitalize="off"
            spellcheck=${false}
            placeholder="tg_…"
            aria-describedby="key-hint"
            aria-invalid=${wrong ? 'true' : 'false'}
            value=${text}
            onInput=${(event) => setText(event.target.value)}
          />
          <button class="button primary" disabled=${busy}>${busy ? 'Asking…' : 'Show'}</button>
        </div>
        <div id="key-hint">
          ${wrong && html`<p class="error" role="alert">${wrong}</p>`}
          <p class="hint">It is sent to this gateway only and kept until you close or reload the page.</p>
        </div>
      </div>
      <label class="check">
        <input type="checkbox" checked=${shown} onChange=${() => setShown(!shown)} /> Show what I paste
      </label>
    </form>
  `;
}

const quotaOf = (stats) => ({
  used: stats.current_usage.tokens_used_in_current_window,
  reserved: stats.reserved_tokens,
  limit: stats.token_limit_per_5h,
});

function Standing({ stats }) {
  if (stats.is_disabled) {
    return html`<${Notice} kind="bad" title="This key is disabled.">
      Calls are refused with 403. Its history is kept; ask whoever gave it to you to enable it.
    <//>`;
  }
  if (stats.is_expired) {
    return html`<${Notice} kind="bad" title="This key has expired.">
      Calls are refused with 403 since <${Time} at=${stats.expiry_date} />. Ask for a new one.
    <//>`;
  }
  return html`<${QuotaNotice} ...${quotaOf(stats)} freesAt=${stats.frees_at} />`;
}

/** Whether the next call is let through, in a word. */
function Verdict({ stats }) {
  const state = quotaState(quotaOf(stats));
  if (stats.is_disabled || stats.is_expired || state === 'spent') return html`<${Badge} kind="bad">refused<//>`;
  return state === 'held' ? html`<${Badge} kind="warn">waiting<//>` : html`<${Badge} kind="good">active<//>`;
}

function Quota({ stats }) {
  const { used, reserved, limit } = quotaOf(stats);
  const ends = stats.current_usage.window_ends_at;
  const left = Math.max(0, limit - used - reserved);
  return html`
    <section class="card" aria-labelledby="quota-title">
      <header>
        <h2 id="quota-title">Tokens in 5 hours</h2>
        <span class="muted">${percent(used + reserved, limit)} taken</span>
      </header>
      <p class="figure"><strong>${count(left)}</strong> left of ${count(limit)}</p>
      <${QuotaBar} used=${used} reserved=${reserved} limit=${limit} />
      <p class="muted note">
        ${used > 0
          ? html`The oldest usage leaves the window at <${Time} at=${ends}>${clock(ends)}<//>, ${away(ends)};
              the rest follows minute by minute.`
          : reserved > 0
            ? 'Nothing is used.'
            : 'Nothing counts now: the whole quota is free.'}
        ${reserved > 0 && ' What is reserved is settled when the running calls end.'}
      </p>
    </section>
  `;
}

function Fact({ name, children }) {
  return html`<div><dt>${name}</dt><dd>${children}</dd></div>`;
}

function Facts({ stats }) {
  const { requests } = stats;
  const soon = new Date(stats.expiry_date) - Date.now() < 14 * 86_400_000;
  return html`
    <section class="card" aria-labelledby="facts-title">
      <header><h2 id="facts-title">Limits</h2></header>
      <dl class="facts">
        <${Fact} name="Requests per minute">
          ${requests ? `${count(requests.remaining)} of ${count(requests.limit)} left` : 'no limit'}
          ${requests &&
          requests.resets_in_seconds > 0 &&
          html`<span class="muted"> all back in ${requests.resets_in_seconds} s</span>`}
        <//>
        <${Fact} name="Calls at the same time">
          ${stats.max_concurrent
            ? `${stats.open_calls} of ${stats.max_concurrent} running`
            : `${stats.open_calls} running, no limit`}
        <//>
        <${Fact} name="Model">
          ${stats.model && stats.model !== '*'
            ? html`<code>${stats.model}</code>`
            : stats.models.length > 0
              ? stats.models.map((name, i) => html`${i > 0 && ', '}<code>${name}</code>`)
              : stats.model === '*'
                ? 'as your client asks'
                : 'the gateway’s default'}
        <//>
        <${Fact} name="Expires">
          <${Time} at=${stats.expiry_date}>${day(stats.expiry_date)}<//>
          ${!stats.is_expired &&
          html` <span class=${soon ? 'badge warn' : 'muted'}>${away(stats.expiry_date)}</span>`}
        <//>
        <${Fact} name="Last call">
          ${stats.last_used ? html`<${Time} at=${stats.last_used}>${away(stats.last_used)}<//>` : 'never'}
        <//>
        <${Fact} name="All tokens so far">${count(stats.total_lifetime_tokens)}<//>
      </dl>
    </section>
  `;
}

function Models({ rows }) {
  return html`
    <section class="card" aria-labelledby="models-title">
      <header>
        <h2 id="models-title">Last 24 hours by model</h2>
        ${rows?.length > 0 &&
        html`<span class="muted">${many(rows.reduce((sum, row) => sum + row.requests, 0), 'request')}</span>`}
      </header>
      ${rows === null
        ? html`<p class="muted">The usage ledger cannot be read at the moment. The figures above are right all the same.</p>`
        : rows.length === 0
          ? html`<p class="muted">No calls yet. A snippet from “Set up a client” makes the first one.</p>`
          : html`<${ModelTable} rows=${rows} caption="Tokens of the last 24 hours by model" />`}
    </section>
  `;
}

function Figures({ stats, asOf, trouble, onForget, onRefresh }) {
  const title = useRef(null);
  useEffect(() => title.current?.focus(), []);
  return html`
    <div class="stack">
      <div class="holder">
        <div>
          <h1 ref=${title} tabindex="-1">${stats.name || 'Your key'}</h1>
          <p class="muted"><code>${stats.key}</code></p>
        </div>
        <div class="row">
          <${Verdict} stats=${stats} />
          <button type="button" class="button small" onClick=${onRefresh}>Refresh</button>
          <button type="button" class="button small" onClick=${onForget}>Forget the key</button>
        </div>
      </div>
      ${trouble &&
      html`<${Notice} kind="warn" role="alert" title="These figures are of ${moment(asOf)}.">${trouble}<//>`}
      <${Standing} stats=${stats} />
      <${Quota} stats=${stats} />
      <${Facts} stats=${stats} />
      <${Models} rows=${stats.usage_last_24h} />
      <p class="muted small-print">As of ${clock(asOf)}, refreshed every ${REFRESH_MILLIS / 1000} seconds while you look.</p>
    </div>
  `;
}

function App() {
  const [key, setKey] = useState('');
  const [stats, setStats] = useState(null);
  const [asOf, setAsOf] = useState(0);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState(null);
  const [said, setSaid] = useState('');
  // Answers to a key that has been forgotten meanwhile are dropped.
  const current = useRef('');

  const load = async (wanted) => {
    current.current = wanted;
    setBusy(true);
    try {
      const answer = await ask(wanted);
      if (current.current !== wanted) return;
      setKey(wanted);
      setStats(answer);
      setAsOf(Date.now());
      setError(null);
      return true;
    } catch (e) {
      if (current.current !== wanted) return;
      if (e.unknown) forget();
      setError(e.message);
      return false;
    } finally {
      if (current.current === wanted || !current.current) setBusy(false);
    }
  };
  const forget = () => {
    current.current = '';
    setKey('');
    setStats(null);
    setError(null);
    setSaid('Key forgotten.');
  };
  const first = async (wanted) => {
    setError(null);
    setSaid('');
    if (await load(wanted)) setSaid('Figures loaded.');
  };
  useWhileVisible(() => load(key), REFRESH_MILLIS, Boolean(key));

  return html`
    <a class="skip" href="#main">Skip to the content</a>
    <header class="top">
      <span class="brand"><img src="ui/icon.svg" alt="" width="24" height="24" />Tallygate</span>
      <span class="muted mono address">${base}</span>
    </header>
    <main id="main" class="columns">
      ${stats
        ? html`<${Figures}
            stats=${stats}
            asOf=${asOf}
            trouble=${error}
            onForget=${forget}
            onRefresh=${() => load(key)}
          />`
        : html`<div class="stack">
            <div>
              <h1>How much is left?</h1>
              <p class="muted lead">Paste the key you were given to see its quota, its usage and when it expires.</p>
            </div>
            <${KeyForm} busy=${busy} error=${error} onKey=${first} />
            ${busy && html`<div class="card"><${Skeleton} lines=${4} label="Loading the key’s figures" /></div>`}
          </div>`}
      <${Setup} base=${base} secret=${key} stats=${stats} />
    </main>
    <p class="unseen" role="status">${said}</p>
  `;
}

const place = document.getElementById('app');
place.replaceChildren();
render(html`<${App} />`, place);

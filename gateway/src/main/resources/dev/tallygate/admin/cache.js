// The key cache: what it answered from memory, and how to make it forget.
import { html, useRef, useState } from './lib.js';
import { count } from './format.js';
import { Notice } from './parts.js';
import { cache } from './api.js';
import { Loaded, useData } from './data.js';
import { Confirm, useTask } from './dialog.js';

const COUNTERS = [
  ['hits', 'Hits', 'Look-ups answered from memory, absences included.'],
  ['misses', 'Misses', 'Look-ups that had to ask the key file.'],
  ['negativeHits', 'Unknown keys', 'Hits that said “no such key”. Growing quickly: somebody tries keys, or a client has a wrong one.'],
  ['evictions', 'Evictions', 'Keys dropped for lack of room. Growing: raise CACHE_MAX_SIZE.'],
  ['expirations', 'Expirations', 'Entries found to be older than CACHE_TTL_MS.'],
  ['invalidations', 'Invalidations', 'Keys dropped because their definition changed.'],
  ['loads', 'Loads', 'Questions to the key file.'],
  ['averageLoadMicros', 'Time per load', 'On average, in microseconds.'],
  ['loadFailures', 'Failed loads', 'Questions that could not be answered. Not 0: see Health.'],
  ['staleServed', 'Served stale', 'Answers past their time while the key file could not be read.'],
];

function Rate({ stats }) {
  const asked = stats.hits + stats.misses > 0;
  return html`<section class="card" aria-labelledby="rate-title">
    <header><h2 id="rate-title">Hit rate</h2></header>
    <p class="figure"><strong>${asked ? `${stats.hitRate.toFixed(2)} %` : '–'}</strong></p>
    <p class="muted">
      ${!stats.enabled
        ? 'The cache is switched off (CACHE_ENABLED=false): every call asks the key file.'
        : !asked
          ? 'No key has been looked up yet.'
          : stats.hitRate < 95
            ? 'Below 95 % is usual in the first minutes only. Later: see evictions and expirations.'
            : 'Nearly every call finds its key in memory.'}
    </p>
    <p class="small-print note">
      ${count(stats.size)} of ${count(stats.maxSize)} places taken
    </p>
    <div class="quota">
      <div
        class="bar"
        role="meter"
        aria-label="Places taken"
        aria-valuemin="0"
        aria-valuemax=${stats.maxSize}
        aria-valuenow=${Math.min(stats.size, stats.maxSize)}
      >
        <span class="used" style=${{ width: `${Math.min(100, (100 * stats.size) / stats.maxSize)}%` }}></span>
      </div>
    </div>
  </section>`;
}

function Forget({ say, reload }) {
  const [asking, setAsking] = useState(false);
  const [id, setId] = useState('');
  const field = useRef(null);
  const task = useTask();
  const invalidate = (event) => {
    event.preventDefault();
    const wanted = id.trim();
    if (!wanted) {
      field.current.focus();
      return;
    }
    task.run(async () => {
      await cache.invalidate(wanted);
      setId('');
      say(`${wanted} is forgotten; its next call asks the key file.`);
      reload();
    });
  };
  return html`<section class="card stack" aria-labelledby="forget-title">
    <h2 id="forget-title">Make it forget</h2>
    <p class="muted">Changes of keys count at once by themselves. This is for when you want to be sure.</p>
    <form class="field" onSubmit=${invalidate} novalidate>
      <label for="forget-id">One key, by its id</label>
      <div class="with-button">
        <input
          id="forget-id"
          ref=${field}
          class="mono"
          autocomplete="off"
          spellcheck=${false}
          placeholder="k_…"
          aria-invalid=${task.error ? 'true' : 'false'}
          aria-describedby="forget-error"
          value=${id}
          onInput=${(event) => setId(event.target.value)}
        />
        <button class="button" disabled=${task.busy}>Invalidate</button>
      </div>
      <p class="error" id="forget-error" role="alert">${task.error?.message}</p>
    </form>
    <div><button type="button" class="button danger" onClick=${() => setAsking(true)}>Clear the cache…</button></div>
    ${asking &&
    html`<${Confirm}
      title="Clear the whole cache?"
      action="Clear it"
      onClose=${() => setAsking(false)}
      work=${cache.clear}
      onDone=${() => {
        setAsking(false);
        say('The cache is empty.');
        reload();
      }}
    >
      The next call of every key asks the key file once. No call is refused because of it.
    <//>`}
  </section>`;
}

export function Cache({ say }) {
  const data = useData(cache.stats, [], 4_000);
  return html`
    <h1 tabindex="-1">Cache</h1>
    <${Loaded} data=${data} lines=${6} label="Loading the counters">
      ${(stats) => html`
        ${stats.loadFailures > 0 &&
        stats.staleServed > 0 &&
        html`<${Notice} kind="warn" title="The key file could not always be asked.">See Health for the reason.<//>`}
        <div class="grid two">
          <${Rate} stats=${stats} />
          <${Forget} say=${say} reload=${data.reload} />
        </div>
        <section class="card" aria-labelledby="counters-title">
          <header><h2 id="counters-title">Counters</h2><span class="muted small-print">since the gateway’s start</span></header>
          <dl class="counters">
            ${COUNTERS.map(
              ([name, label, meaning]) => html`<div key=${name}>
                <dt>${label}</dt>
                <dd class="number">${count(stats[name])}</dd>
                <dd class="muted small-print">${meaning}</dd>
              </div>`,
            )}
          </dl>
        </section>
      `}
    <//>
  `;
}

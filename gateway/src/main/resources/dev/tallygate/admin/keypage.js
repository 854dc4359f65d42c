// One key: what is left, what it used, why it was refused.
import { html, useState } from './lib.js';
import { away, clock, count, day, many, modelName, moment, percent } from './format.js';
import { ModelTable, Notice, QuotaBar, QuotaNotice, Time } from './parts.js';
import { keys, usage } from './api.js';
import { go, href } from './route.js';
import { Loaded, useData } from './data.js';
import { ActionButtons, called, useKeyActions } from './keyactions.js';
import { Status } from './keys.js';
import { Chart } from './chart.js';
import { why } from './reasons.js';

const HOUR = 3600;
/** Refusals that are shown unless all are asked for. */
const SHOWN = 8;
const RANGES = {
  '24h': { label: '24 hours', by: 'hour', step: HOUR, steps: 24 },
  '7d': { label: '7 days', by: 'day', step: 24 * HOUR, steps: 7 },
  '30d': { label: '30 days', by: 'day', step: 24 * HOUR, steps: 30 },
};
const COLOURS = ['--series-1', '--series-2', '--series-3', '--series-4', '--series-5', '--series-6'];

/** The beginnings of the range's steps, in seconds; the last one is not over. */
function stepsOf({ step, steps }) {
  const last = Math.floor(Date.now() / 1000 / step) * step;
  return Array.from({ length: steps }, (_, i) => last - (steps - 1 - i) * step);
}

/** Tokens by model in each step; models beyond the fifth together. */
function chartOf(rows, by, times, step) {
  const totals = new Map();
  for (const row of rows) totals.set(row.model, (totals.get(row.model) ?? 0) + row.total);
  const names = [...totals.keys()].sort((a, b) => totals.get(b) - totals.get(a));
  const shown = names.length > COLOURS.length ? names.slice(0, COLOURS.length - 1) : names;
  const index = new Map(times.map((at, i) => [at, i]));
  const series = [...shown, ...(shown.length < names.length ? [null] : [])].map((name, i) => ({
    label: name === null ? 'other models' : modelName(name),
    colour: COLOURS[i],
    values: times.map(() => 0),
  }));
  for (const row of rows) {
    const at = index.get(Math.floor(new Date(row[by]) / 1000));
    const which = shown.indexOf(row.model);
    if (at !== undefined) series[which < 0 ? series.length - 1 : which].values[at] += row.total;
  }
  return { times, step, bars: true, series };
}

function byModel(rows) {
  const found = new Map();
  for (const { model, requests, input, output, total } of rows) {
    const sum = found.get(model) ?? { model, requests: 0, input: 0, output: 0, total: 0 };
    sum.requests += requests;
    sum.input += input;
    sum.output += output;
    sum.total += total;
    found.set(model, sum);
  }
  return [...found.values()].sort((a, b) => b.total - a.total);
}

function Usage({ id }) {
  const [chosen, setChosen] = useState('24h');
  const range = RANGES[chosen];
  const data = useData(
    async () => {
      const times = stepsOf(range);
      const from = new Date(times[0] * 1000).toISOString();
      const { rows } = await usage({ by: `${range.by},model`, key: id, from });
      return { times, rows, range };
    },
    [id, chosen],
    15_000,
  );
  return html`
    <div class="row spread">
      <h2>Usage</h2>
      <div class="segments" role="group" aria-label="Range">
        ${Object.entries(RANGES).map(
          ([name, { label }]) => html`<button
            key=${name}
            type="button"
            aria-pressed=${name === chosen ? 'true' : 'false'}
            onClick=${() => setChosen(name)}
          >
            ${label}
          </button>`,
        )}
      </div>
    </div>
    <${Loaded} data=${data} lines=${6} label="Loading the usage">
      ${({ times, rows, range: shown }) => {
        const models = byModel(rows);
        const tokens = models.reduce((sum, { total }) => sum + total, 0);
        const requests = models.reduce((sum, row) => sum + row.requests, 0);
        return html`
          <${Chart}
            title=${`Tokens by model, last ${shown.label}`}
            summary=${`${count(tokens)} tokens in ${many(requests, 'request')}`}
            chart=${chartOf(rows, shown.by, times, shown.step)}
            empty=${`Not used in the last ${shown.label}.`}
          />
          ${models.length > 0 &&
          html`<section class="card" aria-label="By model">
            <${ModelTable} rows=${models} caption=${`Sums by model, last ${shown.label}`} />
          </section>`}
        `;
      }}
    <//>
  `;
}

function Quota({ of: key }) {
  const { used, reserved, remaining, window_ends_at: ends, frees_at: freesAt } = key.usage;
  const left = Math.max(0, remaining - reserved);
  const at = freesAt ?? ends;
  return html`<section class="card" aria-labelledby="quota-title">
    <header>
      <h2 id="quota-title">Tokens in 5 hours</h2>
      <span class="muted">${percent(used + reserved, key.token_limit_per_5h)} taken</span>
    </header>
    <p class="figure"><strong>${count(left)}</strong> left of ${count(key.token_limit_per_5h)}</p>
    <${QuotaBar} used=${used} reserved=${reserved} limit=${key.token_limit_per_5h} />
    <p class="muted small-print note">
      ${used === 0
        ? reserved > 0
          ? 'Nothing is used; what is reserved is settled when the running calls end.'
          : 'Nothing counts now.'
        : html`Begins to free at <${Time} at=${at}>${clock(at)}<//>, ${away(at)}.`}
      ${' '}${key.quota_mode === 'strict' ? 'Held strictly: by the worst case of each call.' : 'Held by what calls usually need.'}
    </p>
  </section>`;
}

const Fact = ({ name, children }) => html`<div><dt>${name}</dt><dd>${children}</dd></div>`;

function Facts({ of: key }) {
  return html`<section class="card" aria-labelledby="facts-title">
    <header><h2 id="facts-title">Definition</h2></header>
    <dl class="facts">
      <${Fact} name="Expires">
        <${Time} at=${key.expiry_date}>${day(key.expiry_date)}<//> <span class="muted">${away(key.expiry_date)}</span>
      <//>
      <${Fact} name="Created">${key.created_at ? day(key.created_at) : 'unknown'}<//>
      <${Fact} name="Model">
        ${key.model === '*' ? 'as the client asks' : (key.model ?? (key.models.length ? key.models.join(', ') : 'the gateway’s default'))}
      <//>
      <${Fact} name="Requests per minute">${key.requests_per_minute ? count(key.requests_per_minute) : 'no limit'}<//>
      <${Fact} name="Calls at the same time">${key.max_concurrent ? count(key.max_concurrent) : 'no limit'}<//>
      <${Fact} name="Upstream key">${key.has_upstream_key ? 'its own' : 'the gateway’s'}<//>
      <${Fact} name="Last used">${key.usage.last_used ? away(key.usage.last_used) : 'never'}<//>
      <${Fact} name="All tokens so far">${count(key.usage.lifetime_tokens)}<//>
    </dl>
  </section>`;
}

function Standing({ of: key }) {
  const left = new Date(key.expiry_date) - Date.now();
  if (key.status === 'disabled') {
    return html`<${Notice} kind="warn" title="Disabled.">Its calls are refused with 403 until it is enabled.<//>`;
  }
  if (key.status === 'expired') {
    return html`<${Notice} kind="bad" title=${`Expired ${away(key.expiry_date)}.`}>
      Its calls are refused with 403. Edit it to extend it.
    <//>`;
  }
  if (key.previous_valid_until && new Date(key.previous_valid_until) > Date.now()) {
    return html`<${Notice} title="Its secret was rotated.">
      The one before is accepted until <${Time} at=${key.previous_valid_until} />.
    <//>`;
  }
  if (left < 14 * 86_400_000) {
    return html`<${Notice} kind="warn" title=${`Expires ${away(key.expiry_date)}.`}>Edit it to extend it.<//>`;
  }
  const { used, reserved, frees_at: freesAt } = key.usage;
  return html`<${QuotaNotice} used=${used} reserved=${reserved} limit=${key.token_limit_per_5h} freesAt=${freesAt} />`;
}

function Refusals({ id }) {
  const data = useData(() => keys.refusals(id), [id]);
  const [all, setAll] = useState(false);
  return html`<section class="card" aria-labelledby="refusals-title">
    <header>
      <h2 id="refusals-title">Recent refusals</h2>
      <span class="muted small-print">since the gateway’s start, at most 50</span>
    </header>
    <${Loaded} data=${data} lines=${3} label="Loading the refusals">
      ${({ items }) =>
        items.length === 0
          ? html`<p class="empty">None: every call of this key was let through.</p>`
          : html`<table class="refusals cards" role="table">
              <caption class="unseen">Recent refusals, newest first</caption>
              <thead>
                <tr><th scope="col">When</th><th scope="col">Why</th><th scope="col">Call</th></tr>
              </thead>
              <tbody role="rowgroup">
                ${items.slice(0, all ? items.length : SHOWN).map(
                  (item) => html`<tr role="row">
                    <td role="cell" class="nowrap"><${Time} at=${item.at}>${moment(item.at)}<//></td>
                    <td role="cell">${why(item.reason)} <span class="muted nowrap">${item.status} <code>${item.reason}</code></span></td>
                    <td role="cell"><code>${item.path}</code>${item.model && html` <span class="muted">${modelName(item.model)}</span>`}</td>
                  </tr>`,
                )}
              </tbody>
            </table>
            ${items.length > SHOWN &&
            !all &&
            html`<p class="note">
              <button type="button" class="button small" onClick=${() => setAll(true)}>Show all ${items.length}</button>
            </p>`}`}
    <//>
  </section>`;
}

export function KeyPage({ id, say }) {
  const data = useData(() => keys.get(id), [id], 5_000);
  const onChanged = (key, action) => (action === 'revoke' ? go(['keys']) : data.reload());
  const actions = useKeyActions({ say, onChanged });
  const back = html`<p><a href=${href(['keys'])}>← All keys</a></p>`;
  const gone = () => html`
    <h1 tabindex="-1">There is no key ${id}</h1>
    <p class="muted">It was revoked, or never there. What it used is still on record.</p>
  `;
  const key = data.value;
  const shown = () => html`
    <div class="row spread">
      <div>
        <h1 tabindex="-1">${key ? called(key) : id}</h1>
        <p class="row"><code class="muted">${id}</code>${key && html`<${Status} of=${key} />`}</p>
      </div>
      ${key && html`<${ActionButtons} of=${key} start=${actions.start} />`}
    </div>
    <${Loaded} data=${data} lines=${6} label="Loading the key">
      ${(loaded) => html`
        <${Standing} of=${loaded} />
        <div class="grid two"><${Quota} of=${loaded} /><${Facts} of=${loaded} /></div>
      `}
    <//>
    <${Usage} id=${id} />
    <${Refusals} id=${id} />
  `;
  // What is open above the page stays, so that it can tell.
  return html`${back}${data.error?.status === 404 ? gone() : shown()}${actions.dialog}`;
}

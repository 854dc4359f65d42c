// All keys: found, sorted, looked at, changed.
import { html, useEffect, useRef, useState } from './lib.js';
import { away, count, day, many, short } from './format.js';
import { Badge, QuotaBar, Time } from './parts.js';
import { keys } from './api.js';
import { go, href, refine } from './route.js';
import { Loaded, useData } from './data.js';
import { ActionMenu, called, useKeyActions } from './keyactions.js';

const PER_PAGE = 25;
const REFRESH_MILLIS = 10_000;
const COLUMNS = [
  ['name', 'Key'],
  [null, 'Status'],
  ['-used', 'Tokens in 5 hours'],
  [null, 'Model'],
  ['expiry_date', 'Expires'],
  ['-last_used', 'Last used'],
];

const fieldOf = (order) => order.replace('-', '');
const SORTS = COLUMNS.flatMap(([order]) => (order ? [fieldOf(order), `-${fieldOf(order)}`] : []));
const STATUSES = ['active', 'disabled', 'expired'];

/** What an address asks for; what was typed wrong is left out. */
const wanted = ({ q = '', status, sort, page }) => ({
  q,
  status: STATUSES.includes(status) ? status : '',
  sort: SORTS.includes(sort) ? sort : 'name',
  page: /^[1-9]\d{0,5}$/.test(page) ? Number(page) : 1,
});

/** A page of keys: the last one where there are not so many. */
async function listed(parameters) {
  const answer = await keys.list({ ...parameters, per_page: PER_PAGE });
  const last = Math.max(1, Math.ceil(answer.total / PER_PAGE));
  return parameters.page > last ? keys.list({ ...parameters, page: last, per_page: PER_PAGE }) : answer;
}

const KINDS = { active: 'good', disabled: '', expired: 'bad' };
export const Status = ({ of: key }) => html`<${Badge} kind=${KINDS[key.status]}>${key.status}<//>`;

/** When some of what is used comes back, in few words. */
function frees({ used, reserved, remaining, frees_at: at, window_ends_at: ends }) {
  if (remaining > 0 && reserved >= remaining) return 'when calls end';
  return used > 0 ? `frees ${away(at ?? ends)}` : '';
}

const models = (key) =>
  key.model === '*' ? 'any' : (key.model ?? (key.models.length ? key.models.join(', ') : 'default'));

function Column({ order, label, sort, onSort }) {
  if (!order) return html`<th scope="col">${label}</th>`;
  const field = fieldOf(order);
  const mine = fieldOf(sort) === field;
  const down = sort.startsWith('-');
  const other = sort === order ? (down ? field : `-${field}`) : order;
  return html`<th scope="col" aria-sort=${mine ? (down ? 'descending' : 'ascending') : undefined}>
    <button type="button" class="sort" onClick=${() => onSort(other)}>
      ${label}<span aria-hidden="true">${mine ? (down ? ' ↓' : ' ↑') : ''}</span>
    </button>
  </th>`;
}

function Row({ of: key, start }) {
  const { usage } = key;
  const left = Math.max(0, usage.remaining - usage.reserved);
  return html`<tr role="row">
    <th scope="row" role="rowheader" data-label="Key">
      <a href=${href(['keys', key.id])}>${called(key)}</a>
      <span class="id mono muted">${key.id}</span>
    </th>
    <td role="cell" data-label="Status"><${Status} of=${key} /></td>
    <td role="cell" data-label="Tokens in 5 hours" class="quota-cell">
      <span class="row spread">
        <span><strong>${short(left)}</strong> left of ${short(key.token_limit_per_5h)}</span>
        <span class="muted">${frees(usage)}</span>
      </span>
      <${QuotaBar}
        compact
        used=${usage.used}
        reserved=${usage.reserved}
        limit=${key.token_limit_per_5h}
        label=${`Quota of ${called(key)}`}
      />
      <span class="muted">
        ${usage.used > 0 ? `${short(usage.used)} used` : 'unused'}${usage.reserved > 0 && `, ${short(usage.reserved)} reserved`}
      </span>
    </td>
    <td role="cell" data-label="Model">${models(key)}</td>
    <td role="cell" data-label="Expires"><${Time} at=${key.expiry_date}>${day(key.expiry_date)}<//></td>
    <td role="cell" data-label="Last used">
      ${usage.last_used ? html`<${Time} at=${usage.last_used}>${away(usage.last_used)}<//>` : html`<span class="muted">never</span>`}
    </td>
    <td role="cell" class="actions"><${ActionMenu} of=${key} start=${start} /></td>
  </tr>`;
}

function Empty({ filtered, onAll, onNew }) {
  return filtered
    ? html`<div class="card empty">
        <p>No key fits the search.</p>
        <button type="button" class="button" onClick=${onAll}>Show all keys</button>
      </div>`
    : html`<div class="card empty">
        <h2>No keys yet</h2>
        <p>A key lets a person or a program call through this gateway, within limits that you set.</p>
        <button type="button" class="button primary" onClick=${onNew}>Make the first key</button>
      </div>`;
}

function Pages({ answer, onPage }) {
  const { page, per_page: size, total } = answer;
  const last = Math.max(1, Math.ceil(total / size));
  if (last === 1) return html`<p class="muted small-print">${many(total, 'key')}</p>`;
  return html`<nav class="row spread" aria-label="Pages of keys">
    <span class="muted small-print">${count((page - 1) * size + 1)} to ${count(Math.min(total, page * size))} of ${many(total, 'key')}</span>
    <span class="row">
      <button type="button" class="button small" disabled=${page <= 1} onClick=${() => onPage(page - 1)}>Previous</button>
      <span>Page ${page} of ${last}</span>
      <button type="button" class="button small" disabled=${page >= last} onClick=${() => onPage(page + 1)}>Next</button>
    </span>
  </nav>`;
}

function Search({ query, onChange }) {
  const [text, setText] = useState(query.q);
  const timer = useRef(0);
  const asked = useRef(query.q);
  useEffect(() => {
    // What came of one's own typing must not undo what was typed since.
    if (query.q !== asked.current) setText(query.q);
    asked.current = query.q;
  }, [query.q]);
  useEffect(() => () => clearTimeout(timer.current), []);
  const type = (event) => {
    const { value } = event.target;
    setText(value);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => {
      asked.current = value.trim();
      onChange({ q: asked.current });
    }, 200);
  };
  return html`<div class="row tools" role="search">
    <div class="grow">
      <label class="unseen" for="search">Search keys</label>
      <input id="search" type="search" placeholder="Search by name or id" autocomplete="off" value=${text} onInput=${type} />
    </div>
    <label class="unseen" for="status">Status</label>
    <select id="status" value=${query.status} onChange=${(event) => onChange({ status: event.target.value })}>
      <option value="">every status</option>
      ${STATUSES.map((status) => html`<option value=${status}>${status}</option>`)}
    </select>
  </div>`;
}

export function Keys({ query, say }) {
  const { q, status, sort, page } = wanted(query);
  const data = useData(() => listed({ q, status, sort, page }), [q, status, sort, page], REFRESH_MILLIS);
  const actions = useKeyActions({ say, onChanged: data.reload });
  // Another search or order begins on its first page.
  const change = (what) => refine(['keys'], { ...query, page: '', ...what });
  const turn = (next) => go(['keys'], { ...query, page: next });

  return html`
    <div class="row spread">
      <h1 tabindex="-1">Keys</h1>
      <button type="button" class="button primary" onClick=${() => actions.start('create')}>New key</button>
    </div>
    <${Search} query=${{ q, status }} onChange=${change} />
    <p class="unseen" role="status">${data.value && (q || status) ? `${many(data.value.total, 'key')} found.` : ''}</p>
    <${Loaded} data=${data} lines=${9} label="Loading the keys">
      ${(answer) =>
        answer.items.length === 0
          ? html`<${Empty}
              filtered=${q || status}
              onAll=${() => go(['keys'])}
              onNew=${() => actions.start('create')}
            />`
          : html`
              <div class="card flush">
                <table class="keys cards" role="table">
                  <caption class="unseen">Keys, ${sort.startsWith('-') ? 'descending' : 'ascending'} by ${fieldOf(sort).replaceAll('_', ' ')}</caption>
                  <thead>
                    <tr>
                      ${COLUMNS.map(
                        ([order, label]) => html`<${Column}
                          key=${label}
                          order=${order}
                          label=${label}
                          sort=${sort}
                          onSort=${(next) => change({ sort: next })}
                        />`,
                      )}
                      <th scope="col"><span class="unseen">Actions</span></th>
                    </tr>
                  </thead>
                  <tbody role="rowgroup">
                    ${answer.items.map((key) => html`<${Row} key=${key.id} of=${key} start=${actions.start} />`)}
                  </tbody>
                </table>
              </div>
              <${Pages} answer=${answer} onPage=${turn} />
            `}
    <//>
    ${actions.dialog}
  `;
}

// What goes on now, refreshed while somebody looks.
import { html } from './lib.js';
import { count, many, percent, short, took } from './format.js';
import { Notice, QuotaBar } from './parts.js';
import { activity, cache, keys, status } from './api.js';
import { href } from './route.js';
import { Loaded, useData } from './data.js';
import { Chart } from './chart.js';

const MINUTES = 60;
const REFRESH_MILLIS = 4_000;

const everything = async () => {
  const [hour, now, counters, busiest] = await Promise.all([
    activity(MINUTES),
    status(),
    cache.stats(),
    keys.list({ sort: '-used', per_page: 5 }),
  ]);
  return { minutes: hour.items, now, counters, busiest: busiest.items };
};

const sum = (items, member) => items.reduce((total, item) => total + item[member], 0);

function Tile({ name, value, note }) {
  return html`<div class="card tile">
    <dt>${name}</dt>
    <dd><strong>${value}</strong></dd>
    <dd class="muted note">${note}</dd>
  </div>`;
}

function Tiles({ minutes, now, counters }) {
  // The last one is not over yet.
  const last = minutes.at(-2) ?? minutes.at(-1);
  const requests = sum(minutes, 'requests');
  const failed = sum(minutes, 'failed');
  const refused = sum(minutes, 'refused');
  const isTimed = (minute) => minute.latency_p50_ms != null;
  const timed = minutes.slice(0, -1).findLast(isTimed) ?? minutes.findLast(isTimed);
  return html`<dl class="tiles">
    <${Tile}
      name="Requests per minute"
      value=${count(last?.requests ?? 0)}
      note=${`${many(requests, 'request')} in the last hour`}
    />
    <${Tile}
      name="Tokens per minute"
      value=${short(last?.tokens ?? 0)}
      note=${`${short(sum(minutes, 'tokens'))} in the last hour`}
    />
    <${Tile}
      name="Error rate"
      value=${percent(failed, requests, 1)}
      note=${`${count(failed)} failed, ${count(refused)} refused in the last hour`}
    />
    <${Tile}
      name="Latency"
      value=${timed ? took(timed.latency_p50_ms) : '–'}
      note=${timed ? `median; 95 % within ${took(timed.latency_p95_ms)}` : 'no answer in the last hour'}
    />
    <${Tile}
      name="Cache hit rate"
      value=${counters.hits + counters.misses > 0 ? `${counters.hitRate.toFixed(1)} %` : '–'}
      note=${counters.enabled ? `${count(counters.size)} of ${count(counters.maxSize)} places taken` : 'switched off'}
    />
    <${Tile}
      name="Open calls"
      value=${count(now.open_calls)}
      note=${`${short(now.reserved_tokens)} tokens reserved`}
    />
  </dl>`;
}

function charts(minutes) {
  const times = minutes.map((minute) => Math.floor(new Date(minute.minute) / 1000));
  const at = { times, step: 60 };
  const of = (member) => minutes.map((minute) => minute[member]);
  return {
    requests: {
      ...at,
      bars: true,
      series: [
        {
          label: 'Served',
          colour: '--series-1',
          values: minutes.map((minute) => Math.max(0, minute.requests - minute.refused - minute.failed)),
        },
        { label: 'Refused', colour: '--series-3', values: of('refused') },
        { label: 'Failed', colour: '--bad', values: of('failed') },
      ],
    },
    tokens: { ...at, bars: true, series: [{ label: 'Tokens', colour: '--series-2', values: of('tokens') }] },
    latency: {
      ...at,
      axis: took,
      exact: took,
      series: [
        { label: 'Median', colour: '--series-1', values: of('latency_p50_ms') },
        { label: '95 % within', colour: '--series-4', values: of('latency_p95_ms') },
      ],
    },
  };
}

function Busiest({ keys: list }) {
  const used = list.filter((key) => key.usage.used + key.usage.reserved > 0);
  return html`<section class="card" aria-labelledby="busiest-title">
    <header>
      <h2 id="busiest-title">Most used keys, last 5 hours</h2>
      <a href=${href(['keys'], { sort: '-used' })}>All keys</a>
    </header>
    ${used.length === 0
      ? html`<p class="empty">
          ${list.length === 0
            ? html`There are no keys yet. <a href=${href(['keys'])}>Make the first one</a>.`
            : 'No key has been used in the last 5 hours.'}
        </p>`
      : html`<ul class="busiest">
          ${used.map(
            (key) => html`<li key=${key.id}>
              <span class="row spread">
                <a href=${href(['keys', key.id])}>${key.name || key.id}</a>
                <span class="muted">${short(key.usage.used)} of ${short(key.token_limit_per_5h)}</span>
              </span>
              <${QuotaBar}
                compact
                used=${key.usage.used}
                reserved=${key.usage.reserved}
                limit=${key.token_limit_per_5h}
                label=${`Quota of ${key.name || key.id}`}
              />
            </li>`,
          )}
        </ul>`}
  </section>`;
}

function Trouble({ now }) {
  if (now.status === 'ok') return null;
  return html`<${Notice}
    kind=${now.status === 'not_ready' ? 'bad' : 'warn'}
    title=${now.status === 'not_ready' ? 'The gateway serves no calls.' : 'The gateway serves, but needs attention.'}
  >
    ${now.reasons[0]} <a href=${href(['health'])}>What to do</a>
  <//>`;
}

export function Overview() {
  const data = useData(everything, [], REFRESH_MILLIS);
  return html`
    <h1 tabindex="-1">Overview</h1>
    <${Loaded} data=${data} lines=${8} label="Loading the overview">
      ${({ minutes, now, counters, busiest }) => {
        const { requests, tokens, latency } = charts(minutes);
        return html`
          <${Trouble} now=${now} />
          <${Tiles} minutes=${minutes} now=${now} counters=${counters} />
          <div class="grid two">
            <${Chart}
              title="Requests per minute"
              summary=${`${many(sum(minutes, 'requests'), 'request')} in the last hour`}
              chart=${requests}
              empty="No calls in the last hour."
            />
            <${Chart}
              title="Tokens per minute"
              summary=${`${short(sum(minutes, 'tokens'))} tokens in the last hour`}
              chart=${tokens}
              empty="No tokens in the last hour."
            />
            <${Chart}
              title="Latency"
              summary="From a request to the end of its answer"
              chart=${latency}
              empty="No answers in the last hour."
            />
            <${Busiest} keys=${busiest} />
          </div>
        `;
      }}
    <//>
  `;
}

// What both pages are put together from.
import { html, useEffect, useRef, useState } from './lib.js';
import { copy } from './copy.js';
import { away, clock, count, modelName, moment } from './format.js';

/** Tokens in 5 hours: used, reserved for running calls, left. */
export function QuotaBar({ used, reserved, limit, label = 'Token quota', compact = false }) {
  const left = Math.max(0, limit - used - reserved);
  const part = (tokens) => `${limit > 0 ? Math.min(100, (100 * tokens) / limit) : 0}%`;
  const taken = limit > 0 ? (used + reserved) / limit : 1;
  const level = left === 0 ? 'spent' : taken >= 0.8 ? 'low' : '';
  const text = `${count(used)} used, ${count(reserved)} reserved, ${count(left)} left of ${count(limit)} tokens`;
  return html`
    <div class=${`quota ${level} ${compact ? 'compact' : ''}`}>
      <div
        class="bar"
        role="meter"
        aria-label=${label}
        aria-valuemin="0"
        aria-valuemax=${Math.max(limit, 1)}
        aria-valuenow=${Math.min(used + reserved, Math.max(limit, 1))}
        aria-valuetext=${text}
      >
        <span class="used" style=${{ width: part(used) }}></span>
        <span class="reserved" style=${{ width: part(reserved) }}></span>
      </div>
      ${!compact &&
      html`<dl class="legend" aria-hidden="true">
        <div><dt class="mark used">Used</dt><dd>${count(used)}</dd></div>
        <div><dt class="mark reserved">Reserved</dt><dd>${count(reserved)}</dd></div>
        <div><dt class="mark left">Left</dt><dd>${count(left)}</dd></div>
      </dl>`}
    </div>
  `;
}

/** Whether a call finds tokens: 'spent' when all are used, 'held' when running calls hold the rest, else 'open'. */
export function quotaState({ used, reserved, limit }) {
  if (used >= limit) return 'spent';
  return used + reserved >= limit ? 'held' : 'open';
}

/** Says that calls are refused for lack of tokens, and until when; freesAt: when used ones leave the window. */
export function QuotaNotice({ used, reserved, limit, freesAt }) {
  switch (quotaState({ used, reserved, limit })) {
    case 'spent':
      return freesAt
        ? html`<${Notice} kind="bad" title="The quota is used up.">
            Calls are refused with 429 until <${Time} at=${freesAt}>${clock(freesAt)}<//>, ${away(freesAt)}.
          <//>`
        : html`<${Notice} kind="bad" title="There is no quota.">Its limit is 0: calls are refused with 429.<//>`;
    case 'held':
      return html`<${Notice} kind="warn" title="Running calls hold all that is left.">
        Calls are refused with 429 until one of them ends.
      <//>`;
    default:
      return null;
  }
}

/** Copies, and says so where everybody notices. */
export function CopyButton({ text, label = 'Copy', what = '' }) {
  const [told, setTold] = useState('');
  const timer = useRef(0);
  useEffect(() => () => clearTimeout(timer.current), []);
  const press = async () => {
    setTold((await copy(text)) ? 'Copied' : 'Select it and press Ctrl+C');
    clearTimeout(timer.current);
    timer.current = setTimeout(() => setTold(''), 3000);
  };
  return html`
    <button type="button" class="button small" onClick=${press}>
      ${told || label}${what && html`<span class="unseen"> ${what}</span>`}
    </button>
    <span class="unseen" role="status">${told}</span>
  `;
}

/** A message that stays: kind is good, warn, bad or info. */
export function Notice({ kind = 'info', title, children, role }) {
  return html`
    <div class=${`notice ${kind}`} role=${role}>
      ${title && html`<strong>${title}</strong>`}
      <div>${children}</div>
    </div>
  `;
}

export const Badge = ({ kind = '', children }) =>
  html`<span class=${`badge ${kind}`}>${children}</span>`;

/** A moment for people, exact for machines. */
export const Time = ({ at, children }) =>
  html`<time datetime=${at} title=${`${moment(at)} here, ${at}`}>${children ?? moment(at)}</time>`;

/** Grey lines in the place of what is still on its way. */
export const Skeleton = ({ lines = 3, label = 'Loading' }) => html`
  <div class="skeleton" role="status">
    <span class="unseen">${label}…</span>
    ${Array.from({ length: lines }, () => html`<span class="line"></span>`)}
  </div>
`;

/** Tokens by model, for people who do not see a chart, and for those who want the figures. */
export function ModelTable({ rows, caption }) {
  const largest = Math.max(1, ...rows.map((row) => row.total));
  return html`
    <div class="scroll" tabindex="0" role="region" aria-label=${caption}>
      <table class="figures">
        <caption class="unseen">${caption}</caption>
        <thead>
          <tr>
            <th scope="col">Model</th>
            <th scope="col" class="number">Requests</th>
            <th scope="col" class="number">Input</th>
            <th scope="col" class="number">Output</th>
            <th scope="col" class="number">Total</th>
          </tr>
        </thead>
        <tbody>
          ${rows.map(
            (row) => html`<tr key=${row.model}>
              <th scope="row">
                ${modelName(row.model)}
                <span class="share" aria-hidden="true"
                  ><span style=${{ width: `${(100 * row.total) / largest}%` }}></span
                ></span>
              </th>
              <td class="number">${count(row.requests)}</td>
              <td class="number">${count(row.input)}</td>
              <td class="number">${count(row.output)}</td>
              <td class="number">${count(row.total)}</td>
            </tr>`,
          )}
        </tbody>
      </table>
    </div>
  `;
}

/** Calls back every so often while the page can be seen, and when it can be seen again. */
export function useWhileVisible(callback, millis, active = true) {
  const latest = useRef(callback);
  latest.current = callback;
  useEffect(() => {
    if (!active) return undefined;
    const tick = () => document.visibilityState === 'visible' && latest.current();
    const timer = setInterval(tick, millis);
    document.addEventListener('visibilitychange', tick);
    return () => {
      clearInterval(timer);
      document.removeEventListener('visibilitychange', tick);
    };
  }, [millis, active]);
}


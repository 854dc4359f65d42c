// Whether the gateway can do its work, and what to do where it cannot.
import { html } from './lib.js';
import { count, moment, span } from './format.js';
import { Badge, Notice, Time } from './parts.js';
import { status } from './api.js';
import { Loaded, useData } from './data.js';

const STATES = {
  ok: ['good', 'All is well.', 'Calls are served, keys and usage are in order.'],
  degraded: ['warn', 'Serving, but something needs attention.', 'Calls are served. What is listed below should be mended soon.'],
  not_ready: ['bad', 'No calls are served.', 'What is listed below has to be mended first; no restart is needed then.'],
};

/** What to do about a reason, told by what it speaks of. */
function advice(reason) {
  if (/ledger|usage/i.test(reason)) {
    return 'Look at the disk of the data folder: free space, permissions, whether it is there. Serving goes on by itself once usage can be written.';
  }
  if (/entries of the key file/i.test(reason)) {
    return 'The entries are listed below. Mend them in the key file; the change counts within half a second.';
  }
  if (/key file|apikeys/i.test(reason)) {
    return 'Mend the key file; ./tallygate doctor names line and column. Until then its last good state is in force.';
  }
  if (/ZAI_API_KEY/.test(reason)) {
    return 'Set ZAI_API_KEY to the account’s credential and start the gateway again.';
  }
  if (/reserved for no running call/.test(reason)) {
    return 'Restart the gateway when it suits, and report it with the log.';
  }
  return './tallygate doctor, run where the gateway runs, tells more.';
}

const Fact = ({ name, children }) => html`<div><dt>${name}</dt><dd>${children}</dd></div>`;

export function Health() {
  const data = useData(status, [], 4_000);
  return html`
    <h1 tabindex="-1">Health</h1>
    <${Loaded} data=${data} lines=${6} label="Loading the gateway’s state">
      ${(now) => {
        const [kind, title, text] = STATES[now.status] ?? STATES.not_ready;
        return html`
          <${Notice} kind=${kind} role="status" title=${title}>${text}<//>
          ${now.reasons.length > 0 &&
          html`<section class="card" aria-labelledby="reasons-title">
            <header><h2 id="reasons-title">What is wrong, and what to do</h2></header>
            <ul class="reasons">
              ${now.reasons.map(
                (reason) => html`<li key=${reason}>
                  <strong>${reason}</strong>
                  <p class="muted">${advice(reason)}</p>
                </li>`,
              )}
            </ul>
          </section>`}
          <div class="grid two">
            <section class="card" aria-labelledby="gateway-title">
              <header><h2 id="gateway-title">Gateway</h2></header>
              <dl class="facts">
                <${Fact} name="Version">${now.version}<//>
                <${Fact} name="Transport">${now.transport}<//>
                <${Fact} name="Running for">${span(now.uptime_seconds * 1000)}<//>
                <${Fact} name="Since"><${Time} at=${now.started_at}>${moment(now.started_at)}<//><//>
                <${Fact} name="Open calls">${count(now.open_calls)}<//>
                <${Fact} name="Open reservations">${count(now.open_reservations)}<//>
                <${Fact} name="Reserved tokens">${count(now.reserved_tokens)}<//>
                <${Fact} name="Keys">${count(now.key_count)}<//>
              </dl>
            </section>
            <section class="card stack" aria-labelledby="ledger-title">
              <header class="row spread">
                <h2 id="ledger-title">Usage ledger</h2>
                <${Badge} kind=${now.ledger.trouble ? 'bad' : 'good'}>${now.ledger.state}<//>
              </header>
              <p class="muted">
                ${now.ledger.trouble ?? 'Every token that is served is on record before its answer is complete.'}
              </p>
            </section>
          </div>
          <section class="card" aria-labelledby="refused-title">
            <header><h2 id="refused-title">Refused entries of the key file</h2></header>
            ${now.refused_entries.length === 0
              ? html`<p class="empty">None: every entry is in force.</p>`
              : html`<ul class="reasons">
                  ${now.refused_entries.map(
                    ({ position, label, reason }) => html`<li key=${position}>
                      <strong>Entry ${position}${label && ` (${label})`}</strong>: ${reason}
                    </li>`,
                  )}
                </ul>
                <p class="muted small-print note">
                  ${now.refused_entry_count > now.refused_entries.length &&
                  `The first ${now.refused_entries.length} of ${count(now.refused_entry_count)}. `}
                  Each is refused by itself; the others work.
                </p>`}
          </section>
        `;
      }}
    <//>
  `;
}

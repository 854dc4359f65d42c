// Ready-made ways to tell a client of the gateway, as tabs.
import { html, useRef, useState } from './lib.js';
import { CopyButton } from './parts.js';
import { modelOf, PLACEHOLDER, snippets } from './snippets.js';

const MOVES = { ArrowRight: 1, ArrowLeft: -1, Home: -Infinity, End: Infinity };

export function Setup({ base, secret: key, stats }) {
  const [chosen, setChosen] = useState(0);
  const [withKey, setWithKey] = useState(false);
  const tabs = useRef([]);
  const shown = key && withKey ? key : PLACEHOLDER;
  const clients = snippets({ base, key: shown, model: modelOf(stats) });
  const client = clients[chosen];

  const move = (event) => {
    if (!(event.key in MOVES)) return;
    event.preventDefault();
    const step = MOVES[event.key];
    const next = Number.isFinite(step)
      ? (chosen + step + clients.length) % clients.length
      : step < 0 ? 0 : clients.length - 1;
    setChosen(next);
    tabs.current[next].focus();
  };

  return html`
    <section class="card setup" aria-labelledby="setup-title">
      <header>
        <h2 id="setup-title">Set up a client</h2>
        ${key &&
        html`<label class="check">
          <input type="checkbox" checked=${withKey} onChange=${() => setWithKey(!withKey)} /> Put my key in
        </label>`}
      </header>
      <div class="tabs" role="tablist" aria-labelledby="setup-title" onKeyDown=${move}>
        ${clients.map(
          ({ id, title }, i) => html`<button
            key=${id}
            type="button"
            role="tab"
            id=${`tab-${id}`}
            ref=${(element) => (tabs.current[i] = element)}
            aria-selected=${i === chosen ? 'true' : 'false'}
            aria-controls="snippet"
            tabindex=${i === chosen ? 0 : -1}
            onClick=${() => setChosen(i)}
          >
            ${title}
          </button>`,
        )}
      </div>
      <div class="stack" role="tabpanel" id="snippet" aria-labelledby=${`tab-${client.id}`}>
        ${client.blocks.map(
          ({ label, text }) => html`<figure key=${`${client.id} ${label}`} class="snippet">
            <figcaption>
              <span>${label}</span>
              <${CopyButton} text=${text} what=${`${client.title}, ${label}`} />
            </figcaption>
            <pre tabindex="0" aria-label=${`${client.title}, ${label}`} role="region"><code>${text}</code></pre>
          </figure>`,
        )}
      </div>
      <p class="muted small-print">
        ${shown === PLACEHOLDER
          ? html`Replace <code>${PLACEHOLDER}</code> with your key${key ? ', or tick “Put my key in”' : ''}.`
          : 'Your key is in there: mind who sees your screen, and keep it out of files that others read.'}
      </p>
    </section>
  `;
}

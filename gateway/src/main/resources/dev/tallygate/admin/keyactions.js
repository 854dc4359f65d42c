// What can be done with a key, from wherever it is shown.
import { html, useRef, useState, useId } from './lib.js';
import { CopyButton, Notice, Time } from './parts.js';
import { keys } from './api.js';
import { Confirm, Dialog, useTask } from './dialog.js';
import { KeyForm } from './keyform.js';

const GRACES = { 0: 'refuse it at once', 3600: 'accept it for another hour', 86400: 'accept it for another day', 604800: 'accept it for another week' };

export const called = (key) => key.name || key.id;
const Named = ({ of }) => html`<strong>${called(of)}</strong> (<code>${of.id}</code>)`;

/** The only time that a secret can be read. */
function Secret({ of: key, title, onClose }) {
  return html`
    <${Dialog} title=${title}>
      <div class="stack">
        <p>This is the secret of <${Named} of=${key} />. It is shown this once: the gateway keeps only a digest of it.</p>
        <div class="secret">
          <code tabindex="0" aria-label="The secret">${key.secret}</code>
          <${CopyButton} text=${key.secret} what="the secret" />
        </div>
        ${key.not_in_force && html`<${Notice} kind="bad" role="alert" title="It does not work yet.">The gateway ${key.not_in_force}.<//>`}
        ${key.previous_valid_until &&
        html`<p class="muted">The one before is accepted until <${Time} at=${key.previous_valid_until} />.</p>`}
        <div class="row end">
          <button type="button" class="button primary" onClick=${onClose}>I have stored it</button>
        </div>
      </div>
    <//>
  `;
}

function Rotate({ of: key, onDone, onClose }) {
  const [grace, setGrace] = useState('86400');
  const task = useTask();
  const id = useId();
  return html`
    <${Dialog} title="Rotate the secret?" onClose=${onClose}>
      <div class="stack">
        <p><${Named} of=${key} /> gets a new secret. Its id, limits and history stay.</p>
        <div class="field">
          <label for=${id}>The old secret</label>
          <select id=${id} value=${grace} onChange=${(event) => setGrace(event.target.value)}>
            ${Object.entries(GRACES).map(([seconds, words]) => html`<option value=${seconds}>${words}</option>`)}
          </select>
        </div>
        ${key.previous_valid_until &&
        html`<${Notice} kind="warn">
          The secret from before the last rotation, accepted until <${Time} at=${key.previous_valid_until} />, ends now.
        <//>`}
        ${task.error && html`<${Notice} kind="bad" role="alert">${task.error.message}<//>`}
        <div class="row end">
          <button type="button" class="button" onClick=${onClose}>Cancel</button>
          <button
            type="button"
            class="button primary"
            disabled=${task.busy}
            onClick=${() =>
              task.run(async () => onDone(await keys.rotate(key.id, Number(grace), Boolean(key.previous_valid_until), key.etag)))}
          >
            Rotate
          </button>
        </div>
      </div>
    <//>
  `;
}

/**
 * Gives start(action, key), where action is create, edit, rotate, disable, enable or revoke, and
 * the dialog to show. onChanged(key, action) is told of every change that was made.
 */
export function useKeyActions({ say, onChanged }) {
  const [open, setOpen] = useState(null);
  const enabling = useTask();
  const close = () => setOpen(null);
  const done = (key, action, words) => {
    close();
    say(words);
    onChanged(key, action);
  };
  const start = (action, key) => {
    if (action !== 'enable') {
      setOpen({ action, key });
      return;
    }
    enabling.run(async () => done(await keys.change(key.id, { disabled: false }), 'enable', `${called(key)} is enabled.`));
  };

  const dialog = () => {
    if (enabling.error) {
      return html`<${Dialog} title="It could not be enabled" onClose=${enabling.forget}>
        <${Notice} kind="bad" role="alert">${enabling.error.message}<//>
      <//>`;
    }
    if (!open) return null;
    const { action, key } = open;
    switch (action) {
      case 'create':
        return html`<${KeyForm}
          onClose=${close}
          onDone=${(made) => setOpen({ action: 'secret', key: made, title: 'The key is made', after: 'create' })}
        />`;
      case 'edit':
        return html`<${KeyForm}
          existing=${key}
          onClose=${close}
          onDone=${(changed) => done(changed, 'edit', `${called(changed)} is changed.`)}
        />`;
      case 'rotate':
        return html`<${Rotate}
          of=${key}
          onClose=${close}
          onDone=${(rotated) => setOpen({ action: 'secret', key: rotated, title: 'The new secret', after: 'rotate' })}
        />`;
      case 'secret':
        return html`<${Secret}
          of=${key}
          title=${open.title}
          onClose=${() =>
            done(key, open.after, open.after === 'create' ? `${called(key)} is made.` : `${called(key)} has a new secret.`)}
        />`;
      case 'disable':
        return html`<${Confirm}
          title="Disable the key?"
          action="Disable"
          onClose=${close}
          work=${() => keys.change(key.id, { disabled: true })}
          onDone=${() => done(key, 'disable', `${called(key)} is disabled.`)}
        >
          Calls with <${Named} of=${key} /> are refused from the next one on, until it is enabled again. Its history stays.
        <//>`;
      case 'revoke':
        return html`<${Confirm}
          danger
          title="Revoke the key?"
          action=${`Revoke ${called(key)}`}
          onClose=${close}
          work=${() => keys.revoke(key.id)}
          onDone=${() => done(key, 'revoke', `${called(key)} is revoked.`)}
        >
          <${Named} of=${key} /> is removed for good: its secret is refused as unknown from the next call on. What it
          used stays on record.
        <//>`;
    }
  };
  return { start, dialog: dialog() };
}

const choices = (key) => [
  ['edit', 'Edit…'],
  ['rotate', 'Rotate secret…'],
  key.disabled ? ['enable', 'Enable'] : ['disable', 'Disable…'],
  ['revoke', 'Revoke…'],
];

/** A row's actions behind one button. */
export function ActionMenu({ of: key, start }) {
  const list = useRef(null);
  const opener = useRef(null);
  const id = useId();
  const [open, setOpen] = useState(false);
  const place = (event) => {
    if (event.newState !== 'open') return;
    const at = opener.current.getBoundingClientRect();
    const { style, offsetHeight } = list.current;
    style.right = `${document.documentElement.clientWidth - at.right}px`;
    style.top = `${at.bottom + offsetHeight > innerHeight ? at.top - offsetHeight - 4 : at.bottom + 4}px`;
  };
  const toggled = (event) => {
    setOpen(event.newState === 'open');
    place(event);
    if (event.newState === 'open') list.current.querySelector('button').focus();
  };
  const move = (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const all = [...list.current.querySelectorAll('button')];
    all[(all.indexOf(document.activeElement) + step + all.length) % all.length].focus();
  };
  return html`
    <button
      type="button"
      class="button small"
      ref=${opener}
      popovertarget=${id}
      aria-expanded=${open ? 'true' : 'false'}
      aria-label=${`Actions for ${called(key)}`}
    >
      ⋯
    </button>
    <div id=${id} ref=${list} popover="auto" class="menu" onToggle=${toggled} onKeyDown=${move}>
      ${choices(key).map(
        ([action, words]) => html`<button
          key=${action}
          type="button"
          class=${action === 'revoke' ? 'bad' : ''}
          onClick=${() => {
            list.current.hidePopover();
            start(action, key);
          }}
        >
          ${words}
        </button>`,
      )}
    </div>
  `;
}

/** The same side by side. */
export const ActionButtons = ({ of: key, start }) => html`<div class="row">
  ${choices(key).map(
    ([action, words]) => html`<button
      key=${action}
      type="button"
      class=${`button small ${action === 'revoke' ? 'danger' : ''}`}
      onClick=${() => start(action, key)}
    >
      ${words}
    </button>`,
  )}
</div>`;

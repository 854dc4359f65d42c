// Making a key and changing one. What is out of range is told by the gateway, at the field.
import { html, useEffect, useRef, useState } from './lib.js';
import { many } from './format.js';
import { Notice } from './parts.js';
import { Dialog, useTask } from './dialog.js';
import { keys } from './api.js';

const YEAR_MILLIS = 365 * 86_400_000;

const FIELDS = {
  name: { label: 'Name', hint: 'Whose key it is, for people.' },
  token_limit_per_5h: { label: 'Tokens in 5 hours', numeric: true },
  expiry_date: { label: 'Expires', hint: 'At the end of that day, UTC.', type: 'date' },
  requests_per_minute: { label: 'Requests per minute', hint: 'Empty: no limit.', numeric: true },
  max_concurrent: { label: 'Calls at the same time', hint: 'Empty: no limit.', numeric: true },
  model: { label: 'Model', hint: 'Every call is made with it. Empty: the gateway’s default; *: what the client asks for.' },
  models: { label: 'Models to choose from', hint: 'Separated by commas. The client may ask for one of them.' },
  quota_mode: {
    label: 'Quota',
    hint: 'Strict: never passed, but clients have to set max_tokens.',
    options: { adaptive: 'adaptive', strict: 'strict' },
  },
  upstream_key: { label: 'Upstream key', hint: 'The holder’s own credential at the provider. Empty: the gateway’s.', secret: true },
  id: { label: 'Id', hint: 'How logs and figures name it. Empty: made for you.' },
};

/** A key as the form shows it: text only. */
const asText = (key) => ({
  name: key.name ?? '',
  token_limit_per_5h: String(key.token_limit_per_5h),
  expiry_date: key.expiry_date.slice(0, 10),
  requests_per_minute: String(key.requests_per_minute ?? ''),
  max_concurrent: String(key.max_concurrent ?? ''),
  model: key.model ?? '',
  models: (key.models ?? []).join(', '),
  quota_mode: key.quota_mode,
  upstream_key: '',
});

const fresh = () =>
  asText({
    token_limit_per_5h: 100_000,
    expiry_date: new Date(Date.now() + YEAR_MILLIS).toISOString(),
    quota_mode: 'adaptive',
  });

/** A field's text as the API takes it; what is no number is sent as it is, to be told so. */
function asValue(field, text) {
  const trimmed = text.trim();
  if (field === 'models') {
    const names = trimmed.split(',').map((name) => name.trim()).filter(Boolean);
    return names.length ? names : null;
  }
  if (field === 'name') return trimmed;
  if (trimmed === '') return null;
  if (field === 'expiry_date') return `${trimmed}T23:59:59Z`;
  return FIELDS[field].numeric && /^\d+$/.test(trimmed) ? Number(trimmed) : trimmed;
}

const changesFrom = (before, after) =>
  Object.fromEntries(
    Object.keys(after)
      .filter((field) => after[field] !== before[field])
      .map((field) => [field, asValue(field, after[field])]),
  );

const given = (values) =>
  Object.fromEntries(
    Object.entries(values)
      .map(([field, text]) => [field, asValue(field, text)])
      .filter(([, value]) => value !== null),
  );

function Field({ field, text, error, onInput, note }) {
  const { label, hint, numeric, type, options, secret } = FIELDS[field];
  const id = `field-${field}`;
  const common = {
    id,
    name: field,
    'aria-invalid': error ? 'true' : 'false',
    'aria-describedby': `${id}-hint`,
    [options ? 'onChange' : 'onInput']: (event) => onInput(field, event.target.value),
  };
  return html`
    <div class=${`field of-${field}`}>
      <label for=${id}>${label}</label>
      ${options
        ? html`<select ...${common} value=${text}>
            ${Object.entries(options).map(([value, words]) => html`<option value=${value}>${words}</option>`)}
          </select>`
        : html`<input
            ...${common}
            class=${secret ? 'hidden-text' : ''}
            type=${type ?? 'text'}
            inputmode=${numeric ? 'numeric' : undefined}
            autocomplete="off"
            spellcheck=${false}
            autofocus=${field === 'name'}
            value=${text}
          />`}
      <div id=${`${id}-hint`}>
        ${error && html`<p class="error">${error}</p>`}
        ${(note || hint) && html`<p class="hint">${note || hint}</p>`}
      </div>
    </div>
  `;
}

/** Somebody else was quicker: what they did, and what can be done about it. */
function Conflict({ before, theirs, onKeepMine, onTakeTheirs }) {
  const [was, is] = [asText(before), asText(theirs)];
  const changed = Object.keys(is).filter((field) => was[field] !== is[field]);
  return html`
    <${Notice} kind="warn" role="alert" title="Somebody changed this key while you were editing it.">
      <ul class="plain">
        ${changed.map(
          (field) => html`<li>
            ${FIELDS[field].label}: <del>${was[field] || 'empty'}</del> → <strong>${is[field] || 'empty'}</strong>
          </li>`,
        )}
        ${before.disabled !== theirs.disabled &&
        html`<li>It was ${theirs.disabled ? 'disabled' : 'enabled'}.</li>`}
        ${changed.length === 0 &&
        before.disabled === theirs.disabled &&
        html`<li>None of what is shown here: its secret, for one.</li>`}
      </ul>
      <div class="row">
        <button type="button" class="button small" onClick=${onKeepMine}>Save my changes on top</button>
        <button type="button" class="button small" onClick=${onTakeTheirs}>Start again from theirs</button>
      </div>
    <//>
  `;
}

/** Makes a key, or changes the one that is given; onDone gets the result. */
export function KeyForm({ existing, onDone, onClose }) {
  const [before, setBefore] = useState(existing);
  const [values, setValues] = useState(() => (existing ? asText(existing) : { ...fresh(), id: '' }));
  const [theirs, setTheirs] = useState(null);
  const form = useRef(null);
  const task = useTask();
  const errors = task.error?.fields ?? {};
  const marked = Object.keys(errors).filter((field) => field in values).length;
  const elsewhere = Object.keys(errors).filter((field) => !(field in values));

  useEffect(() => {
    if (task.error) form.current.querySelector('[aria-invalid=true]')?.focus();
  }, [task.error]);

  const save = (etag) =>
    task.run(async () => {
      if (!before) {
        onDone(await keys.create(given(values)));
        return;
      }
      try {
        onDone(await keys.change(before.id, changesFrom(asText(before), values), etag));
      } catch (e) {
        if (e.status !== 412) throw e;
        setTheirs(await keys.get(before.id));
      }
    });
  const submit = (event) => {
    event.preventDefault();
    setTheirs(null);
    save(before?.etag);
  };
  const startAgain = () => {
    setBefore(theirs);
    setValues(asText(theirs));
    setTheirs(null);
  };
  const onInput = (field, text) => setValues((all) => ({ ...all, [field]: text }));
  const field = (name, note) => html`<${Field}
    field=${name}
    text=${values[name]}
    error=${errors[name]}
    note=${note}
    onInput=${onInput}
  />`;

  return html`
    <${Dialog} wide title=${existing ? `Edit ${existing.name || existing.id}` : 'New key'} onClose=${onClose}>
      <form class="stack" ref=${form} onSubmit=${submit} novalidate>
        ${task.error &&
        html`<${Notice}
          kind="bad"
          role="alert"
          title=${marked > 0 ? `${many(marked, 'value')} cannot be taken: see the marked fields.` : task.error.message}
        >
          ${elsewhere.map((name) => html`<p>${name}: ${errors[name]}</p>`)}
        <//>`}
        ${theirs &&
        html`<${Conflict}
          before=${before}
          theirs=${theirs}
          onKeepMine=${() => save(theirs.etag)}
          onTakeTheirs=${startAgain}
        />`}
        <div class="fields">
          ${field('name')} ${field('token_limit_per_5h')} ${field('expiry_date')}
          ${field('requests_per_minute')} ${field('max_concurrent')} ${field('quota_mode')}
          ${field('model')} ${field('models')}
          ${field('upstream_key', existing?.has_upstream_key ? 'It has one. Empty: it stays as it is.' : undefined)}
          ${!existing && field('id')}
        </div>
        <div class="row end">
          <button type="button" class="button" onClick=${onClose}>Cancel</button>
          <button class="button primary" disabled=${task.busy}>
            ${task.busy ? 'Saving…' : existing ? 'Save' : 'Make the key'}
          </button>
        </div>
      </form>
    <//>
  `;
}

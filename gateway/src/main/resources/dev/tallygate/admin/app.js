// The dashboard's frame: who is signed in, where they are, what is said aloud.
import { html, render, useEffect, useRef, useState } from './lib.js';
import { Notice, Skeleton } from './parts.js';
import { SignIn, useSession } from './session.js';
import { href, useRoute } from './route.js';
import { Overview } from './overview.js';
import { Keys } from './keys.js';
import { KeyPage } from './keypage.js';
import { Cache } from './cache.js';
import { Health } from './health.js';

const TOAST_MILLIS = 6_000;
const PAGES = [
  ['overview', 'Overview'],
  ['keys', 'Keys'],
  ['cache', 'Cache'],
  ['health', 'Health'],
];

function Page({ route, say }) {
  const [page = 'overview', id] = route.path;
  switch (page) {
    case 'overview':
      return html`<${Overview} />`;
    case 'keys':
      return id
        ? html`<${KeyPage} key=${id} id=${id} say=${say} />`
        : html`<${Keys} query=${route.query} say=${say} />`;
    case 'cache':
      return html`<${Cache} say=${say} />`;
    case 'health':
      return html`<${Health} />`;
    default:
      return html`
        <h1 tabindex="-1">There is no such page</h1>
        <p>Go to the <a href=${href(['overview'])}>overview</a>.</p>
      `;
  }
}

function Frame({ session }) {
  const route = useRoute();
  const [said, setSaid] = useState('');
  const main = useRef(null);
  const here = route.path.join('/') || 'overview';
  const before = useRef(here);
  const [page = 'overview', id] = route.path;
  const title = PAGES.find(([name]) => name === page)?.[1] ?? 'Not found';

  useEffect(() => {
    document.title = `${id ? `${id} – ` : ''}${title} – Tallygate`;
    if (before.current === here) return;
    before.current = here;
    scrollTo(0, 0);
    // Screen readers go on from the new page's title.
    requestAnimationFrame(() => main.current?.querySelector('h1')?.focus());
  }, [here]);
  useEffect(() => {
    if (!said) return undefined;
    const timer = setTimeout(() => setSaid(''), TOAST_MILLIS);
    return () => clearTimeout(timer);
  }, [said]);
  // The same words twice are two messages.
  const say = (text) => setSaid((last) => (last === text ? `${text}\u00a0` : text));

  return html`
    <a class="skip" href="#main" onClick=${(event) => {
      event.preventDefault();
      main.current.focus();
    }}>Skip to the content</a>
    <header class="top">
      <a class="brand" href=${href(['overview'])}>
        <img src="assets/icon.svg" alt="" width="24" height="24" />Tallygate
      </a>
      <nav aria-label="Pages">
        ${PAGES.map(
          ([name, label]) => html`<a
            key=${name}
            href=${href([name])}
            aria-current=${page === name ? 'page' : undefined}
            >${label}</a
          >`,
        )}
      </nav>
      <button type="button" class="button small" onClick=${session.end}>Sign out</button>
    </header>
    <main id="main" ref=${main} tabindex="-1" class="page stack">
      <${Page} route=${route} say=${say} />
    </main>
    <p class=${said ? 'toast' : 'unseen'} role="status">${said}</p>
  `;
}

function App() {
  const session = useSession();
  if (session.error) {
    return html`<main class="sign-in">
      <div class="card stack">
        <h1>The gateway cannot be reached</h1>
        <${Notice} kind="bad" role="alert">${session.error.message}<//>
        <button type="button" class="button" onClick=${session.find}>Try again</button>
      </div>
    </main>`;
  }
  if (session.signedIn === null) {
    return html`<main class="sign-in"><div class="card"><h1 class="unseen">Tallygate</h1><${Skeleton} /></div></main>`;
  }
  return session.signedIn
    ? html`<${Frame} session=${session} />`
    : html`<${SignIn} ended=${session.ended} onDone=${session.begun} />`;
}

const place = document.getElementById('app');
place.replaceChildren();
render(html`<${App} />`, place);

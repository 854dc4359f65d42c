// Where in the dashboard one is: '#/keys?q=anna' is { path: ['keys'], query: { q: 'anna' } }.
import { useEffect, useState } from './lib.js';

const decoded = (text) => {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // typed by hand: no page and no key has that name
  }
};

const read = () => {
  const [path, search = ''] = location.hash.replace(/^#\/?/, '').split('?');
  return {
    path: path.split('/').filter(Boolean).map(decoded),
    query: Object.fromEntries(new URLSearchParams(search)),
  };
};

export const href = (path, query = {}) => {
  const given = Object.entries(query).filter(([, value]) => value !== '' && value != null);
  const search = given.length ? `?${new URLSearchParams(given)}` : '';
  return `#/${path.map(encodeURIComponent).join('/')}${search}`;
};

export const go = (path, query) => {
  location.hash = href(path, query);
};

/** Changes the query in place: no step in the history for each letter of a search. */
export const refine = (path, query) => {
  history.replaceState(null, '', href(path, query));
  window.dispatchEvent(new HashChangeEvent('hashchange'));
};

export function useRoute() {
  const [route, setRoute] = useState(read);
  useEffect(() => {
    const follow = () => setRoute(read());
    window.addEventListener('hashchange', follow);
    return () => window.removeEventListener('hashchange', follow);
  }, []);
  return route;
}

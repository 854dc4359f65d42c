// How figures and times are written, the same on every page. Times are the reader's local ones.
const whole = new Intl.NumberFormat('en');
const compact = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 });
const scientific = new Intl.NumberFormat('en', { notation: 'scientific', maximumFractionDigits: 1 });

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

export const count = (n) => whole.format(n);

/** A count in few characters: 1.2K, 34M, 9E15. */
export const short = (n) => (n < 1e15 ? compact : scientific).format(n);

/** "1 call", "2 calls". */
export const many = (n, one, more = `${one}s`) => `${count(n)} ${n === 1 ? one : more}`;

export const percent = (part, of, digits = 0) =>
  of > 0 ? `${((100 * part) / of).toFixed(digits)} %` : '–';

const two = (n) => String(n).padStart(2, '0');

/** 2027-01-31 */
export function day(when) {
  const t = new Date(when);
  return `${t.getFullYear()}-${two(t.getMonth() + 1)}-${two(t.getDate())}`;
}

/** 14:05 */
export function clock(when) {
  const t = new Date(when);
  return `${two(t.getHours())}:${two(t.getMinutes())}`;
}

/** 2027-01-31 14:05 */
export const moment = (when) => `${day(when)} ${clock(when)}`;

/** How long a call took, no finer than it was measured, in one piece: 21 ms, 2.1 s, 35 s. */
export function took(millis) {
  if (millis > 0 && millis < 1) return '<\u00a01\u00a0ms';
  if (millis < 1_000) return `${Math.round(millis)}\u00a0ms`;
  const seconds = millis / 1_000;
  return `${seconds < 10 ? seconds.toFixed(1) : count(Math.round(seconds))}\u00a0s`;
}

/** A model's name, also where a client's was none that can be seen. */
export function modelName(name) {
  if (!name) return 'no model named';
  return /[\p{L}\p{N}\p{P}\p{S}]/u.test(name) ? name : '(blank)';
}

/** How long something takes, to the two units that matter, whole minutes of it. */
export function span(millis) {
  const ms = Math.abs(millis);
  if (ms < MINUTE) return 'less than a minute';
  if (ms < HOUR) return `${Math.floor(ms / MINUTE)} min`;
  if (ms < 2 * DAY) {
    const minutes = Math.floor(ms / MINUTE);
    const rest = minutes % 60;
    return `${Math.floor(minutes / 60)} h${rest ? ` ${rest} min` : ''}`;
  }
  return `${count(Math.round(ms / DAY))} days`;
}

/** "in 2 h 5 min", "3 days ago". */
export function away(when, now = Date.now()) {
  const ms = new Date(when) - now;
  if (Math.abs(ms) < MINUTE) return ms >= 0 ? 'in a moment' : 'just now';
  return ms >= 0 ? `in ${span(ms)}` : `${span(ms)} ago`;
}

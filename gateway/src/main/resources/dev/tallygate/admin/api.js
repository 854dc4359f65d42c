// The admin API as the dashboard calls it. The session's cookie goes along by itself.
const ROOT = 'admin/v1/';

/** What the API, or the way there, refused. status 0: no answer. */
export class ApiError extends Error {
  constructor(status, message, errors = []) {
    super(message);
    this.status = status;
    /** Messages by field. */
    this.fields = Object.fromEntries(errors.map(({ field, message: text }) => [field, text]));
  }

  get signedOut() {
    return this.status === 401;
  }
}

async function request(method, path, { body, headers = {}, patch = false } = {}) {
  let answer;
  try {
    answer = await fetch(ROOT + path, {
      method,
      headers: {
        Accept: 'application/json',
        'X-Requested-With': 'tallygate',
        ...(body === undefined
          ? {}
          : { 'Content-Type': patch ? 'application/merge-patch+json' : 'application/json' }),
        ...headers,
      },
      body: body === undefined ? undefined : JSON.stringify(body),
      cache: 'no-store',
      credentials: 'same-origin',
      signal: AbortSignal.timeout(20_000),
    });
  } catch {
    throw new ApiError(0, 'The gateway does not answer on its management port. It may have been stopped, or the connection is down.');
  }
  const isJson = /[/+]json/.test(answer.headers.get('content-type') ?? '');
  const content = isJson ? await answer.json().catch(() => null) : null;
  if (!answer.ok) {
    const detail = content?.detail ?? `The gateway answered ${answer.status}.`;
    throw new ApiError(answer.status, detail, content?.errors);
  }
  return content;
}

const query = (parameters) => {
  const given = Object.entries(parameters).filter(([, value]) => value !== '' && value != null);
  return given.length ? `?${new URLSearchParams(given)}` : '';
};

const keyPath = (id, rest = '') => `keys/${encodeURIComponent(id)}${rest}`;

const QUICKER = {
  404: 'This key was revoked meanwhile: there is nothing left to change.',
  412: 'Somebody changed this key meanwhile. Close this, and look at what it is now.',
};

/** What is asked about a key that was shown: without it as it was, somebody else was quicker. */
async function ofShown(answer) {
  try {
    return await answer;
  } catch (e) {
    throw e.status in QUICKER ? new ApiError(e.status, QUICKER[e.status]) : e;
  }
}

export const session = {
  now: () => request('GET', 'session'),
  begin: (token) => request('POST', 'session', { headers: { Authorization: `Bearer ${token}` } }),
  end: () => request('DELETE', 'session'),
};

export const keys = {
  list: (parameters) => request('GET', `keys${query(parameters)}`),
  get: (id) => ofShown(request('GET', keyPath(id))),
  create: (key) => request('POST', 'keys', { body: key }),
  /** Changes what it was shown as only, unless etag is left out. */
  change: (id, changes, etag) =>
    ofShown(
      request('PATCH', keyPath(id), {
        body: changes,
        patch: true,
        headers: etag ? { 'If-Match': etag } : {},
      }),
    ),
  revoke: (id) => ofShown(request('DELETE', keyPath(id))),
  /**
   * A secret that is still in the grace of an earlier rotation ends only where that is said. Like
   * change: of what was shown only.
   */
  rotate: (id, graceSeconds, endPrevious, etag) =>
    ofShown(
      request('POST', keyPath(id, '/rotate'), {
        body: { grace_seconds: graceSeconds, end_previous: endPrevious },
        headers: { 'If-Match': etag },
      }),
    ),
  refusals: (id) => request('GET', keyPath(id, '/refusals')),
};

export const usage = (parameters) => request('GET', `usage${query(parameters)}`);
export const status = () => request('GET', 'status');
export const activity = (minutes) => request('GET', `activity?minutes=${minutes}`);

export const cache = {
  stats: () => request('GET', 'cache'),
  clear: () => request('POST', 'cache/clear'),
  invalidate: (id) => request('POST', `cache/invalidate/${encodeURIComponent(id)}`),
};

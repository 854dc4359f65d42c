// A re-enactment of the predecessor, whose source is not here: written from a description of what
// it did. Keys from a cache, the answer held whole, and after each answer its usage written by
// rewriting the key file under a lock. Runs on Bun, as the original did.
import { Hono } from 'hono';
import { findApiKey, inWindow, updateApiKeyUsage, warmUp } from './key-file';

const upstream = process.env.UPSTREAM_URL;
const masterKey = process.env.ZAI_API_KEY;

/** Usage of an answer: its own, or that of the last event that has any. */
function totalTokens(body: string): number {
  const at = body.lastIndexOf('"usage":');
  const total = at < 0 ? null : /"total_tokens":\s*(\d+)/.exec(body.slice(at));
  return total ? Number(total[1]) : 0;
}

const app = new Hono();

app.post('/v1/*', async (c) => {
  const presented = c.req.header('authorization')?.replace(/^Bearer /, '') ?? c.req.header('x-api-key');
  const key = presented ? await findApiKey(presented) : null;
  if (!key) return c.json({ error: { message: 'invalid key' } }, 401);
  if (Date.parse(key.expiry_date) < Date.now()) return c.json({ error: { message: 'expired' } }, 403);
  const used = (key.usage_windows ?? []).filter(inWindow).reduce((sum, w) => sum + w.tokens_used, 0);
  if (used >= key.token_limit_per_5h) return c.json({ error: { message: 'quota' } }, 429);

  const body = await c.req.json();
  if (key.model) body.model = key.model;
  const url = new URL(c.req.url);
  const answer = await fetch(`${upstream}${url.pathname.replace(/^\/v1/, '')}${url.search}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${masterKey}` },
    body: JSON.stringify(body),
  });
  const text = await answer.text();
  const tokens = totalTokens(text);
  // not waited for; what does not get the lock is lost
  if (tokens > 0) updateApiKeyUsage(key.key, tokens).catch(() => {});
  return c.body(text, answer.status as 200, {
    'content-type': answer.headers.get('content-type') ?? 'application/json',
  });
});

await warmUp();
Bun.serve({ hostname: '127.0.0.1', port: Number(process.env.PORT), fetch: app.fetch });

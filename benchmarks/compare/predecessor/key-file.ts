// The key file and its lock: a folder beside it that exists while someone reads or writes the file.
import { mkdir, readFile, rmdir, writeFile } from 'node:fs/promises';
import { LruCache } from './lru-cache';

export type UsageWindow = { window_start: string; tokens_used: number };

export type ApiKey = {
  key: string;
  name: string;
  model?: string;
  token_limit_per_5h: number;
  expiry_date: string;
  last_used?: string;
  total_lifetime_tokens?: number;
  usage_windows?: UsageWindow[];
};

const WINDOW_MILLIS = 5 * 60 * 60 * 1000;
const LOCK_ATTEMPTS = 10;
const LOCK_PAUSE_MILLIS = 50;

const file = process.env.DATA_FILE ?? 'data/apikeys.json';
const lock = `${file}.lock`;
const cache = new LruCache<ApiKey | null>(Number(process.env.CACHE_MAX_SIZE ?? 1000), 300_000);

async function locked<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      await mkdir(lock);
      break;
    } catch (e) {
      if (attempt === LOCK_ATTEMPTS) throw new Error('the key file is locked', { cause: e });
      await Bun.sleep(LOCK_PAUSE_MILLIS);
    }
  }
  try {
    return await work();
  } finally {
    await rmdir(lock);
  }
}

async function read(): Promise<{ keys: ApiKey[] }> {
  return JSON.parse(await readFile(file, 'utf8'));
}

export const inWindow = (w: UsageWindow) => Date.parse(w.window_start) > Date.now() - WINDOW_MILLIS;

/** From the cache, else from the file; an unknown key is remembered as null. */
export async function findApiKey(key: string): Promise<ApiKey | null> {
  const cached = cache.get(key);
  if (cached !== undefined) return cached;
  const { keys } = await locked(read);
  const found = keys.find((k) => k.key === key) ?? null;
  cache.set(key, found);
  return found;
}

/** Rewrites the whole file, then the cache's entry of this key. Fails when it does not get the lock. */
export async function updateApiKeyUsage(key: string, tokens: number): Promise<void> {
  await locked(async () => {
    const data = await read();
    const entry = data.keys.find((k) => k.key === key);
    if (!entry) return;
    const now = new Date().toISOString();
    const windows = (entry.usage_windows ?? []).filter(inWindow);
    const open = windows.at(-1);
    if (open) open.tokens_used += tokens;
    else windows.push({ window_start: now, tokens_used: tokens });
    entry.usage_windows = windows;
    entry.total_lifetime_tokens = (entry.total_lifetime_tokens ?? 0) + tokens;
    entry.last_used = now;
    await writeFile(file, JSON.stringify(data, null, 2));
    cache.set(key, entry);
  });
}

/** Every key once, for a start with a full cache. */
export async function warmUp(): Promise<void> {
  for (const key of (await locked(read)).keys) cache.set(key.key, key);
}

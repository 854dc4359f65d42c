// How each client is told of the gateway. Pure: what is shown is made of the arguments alone.

export const PLACEHOLDER = 'YOUR_KEY';

/** A word of a POSIX shell, whatever is in it. */
const sh = (text) => (/^[\w./:@%+,-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);

/** A string literal of JavaScript, and of Python and TOML too. */
const quoted = (text) => JSON.stringify(text);

/**
 * What is shown as a whole call sets max_tokens: without it, keys with a strict quota are refused.
 *
 * One entry per client: id, title, and blocks, each a label and the text to copy.
 *
 * base: the gateway's address without a slash at its end; key: what to put in; model: any name
 * where the key decides.
 */
export function snippets({ base, key, model }) {
  return [
    {
      id: 'curl',
      title: 'curl',
      blocks: [
        {
          label: 'OpenAI format',
          text: `curl ${sh(`${base}/v1/chat/completions`)} \\
  -H ${sh(`Authorization: Bearer ${key}`)} \\
  -H 'Content-Type: application/json' \\
  -d ${sh(JSON.stringify({ model, max_tokens: 256, messages: [{ role: 'user', content: 'Say hello.' }] }))}`,
        },
        {
          label: 'Anthropic format',
          text: `curl ${sh(`${base}/v1/messages`)} \\
  -H ${sh(`x-api-key: ${key}`)} \\
  -H 'anthropic-version: 2023-06-01' \\
  -H 'Content-Type: application/json' \\
  -d ${sh(JSON.stringify({ model, max_tokens: 256, messages: [{ role: 'user', content: 'Say hello.' }] }))}`,
        },
      ],
    },
    {
      id: 'openai',
      title: 'OpenAI SDK',
      blocks: [
        {
          label: 'Python',
          text: `from openai import OpenAI

client = OpenAI(base_url=${quoted(`${base}/v1`)}, api_key=${quoted(key)})
answer = client.chat.completions.create(
    model=${quoted(model)},
    max_tokens=256,
    messages=[{"role": "user", "content": "Say hello."}],
)
print(answer.choices[0].message.content)`,
        },
        {
          label: 'JavaScript',
          text: `import OpenAI from "openai";

const client = new OpenAI({ baseURL: ${quoted(`${base}/v1`)}, apiKey: ${quoted(key)} });
const answer = await client.chat.completions.create({
  model: ${quoted(model)},
  max_tokens: 256,
  messages: [{ role: "user", content: "Say hello." }],
});
console.log(answer.choices[0].message.content);`,
        },
      ],
    },
    {
      id: 'anthropic',
      title: 'Anthropic SDK',
      blocks: [
        {
          label: 'Python',
          text: `from anthropic import Anthropic

client = Anthropic(base_url=${quoted(base)}, api_key=${quoted(key)})
answer = client.messages.create(
    model=${quoted(model)},
    max_tokens=256,
    messages=[{"role": "user", "content": "Say hello."}],
)
print(answer.content[0].text)`,
        },
        {
          label: 'JavaScript',
          text: `import Anthropic from "@anthropic-ai/sdk";

const client = new Anthropic({ baseURL: ${quoted(base)}, apiKey: ${quoted(key)} });
const answer = await client.messages.create({
  model: ${quoted(model)},
  max_tokens: 256,
  messages: [{ role: "user", content: "Say hello." }],
});
console.log(answer.content[0].text);`,
        },
      ],
    },
    {
      id: 'claude-code',
      title: 'Claude Code',
      blocks: [
        {
          label: 'In the shell that starts it',
          text: `export ANTHROPIC_BASE_URL=${sh(base)}
export ANTHROPIC_AUTH_TOKEN=${sh(key)}
export ANTHROPIC_MODEL=${sh(model)}
claude`,
        },
      ],
    },
    {
      id: 'cline',
      title: 'Cline',
      blocks: [
        {
          label: 'In its settings, API Configuration',
          text: `API Provider: OpenAI Compatible
Base URL: ${base}/v1
OpenAI Compatible API Key: ${key}
Model ID: ${model}`,
        },
      ],
    },
    {
      id: 'codex',
      title: 'Codex',
      blocks: [
        {
          label: '~/.codex/config.toml',
          text: `model = ${quoted(model)}
model_provider = "tallygate"

[model_providers.tallygate]
name = "Tallygate"
base_url = ${quoted(`${base}/v1`)}
env_key = "TALLYGATE_KEY"
wire_api = "responses"`,
        },
        {
          label: 'In the shell that starts it',
          text: `export TALLYGATE_KEY=${sh(key)}
codex`,
        },
      ],
    },
  ];
}

/** A model to ask for: the key's own, else one it may use, else what it used most. */
export function modelOf(stats) {
  const fixed = stats?.model && stats.model !== '*' ? stats.model : null;
  return fixed ?? stats?.models?.[0] ?? stats?.usage_last_24h?.find((row) => row.model)?.model ?? 'glm-4.7';
}

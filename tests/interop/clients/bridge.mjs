// What the official TypeScript SDK makes of the bridge: `bridge.mjs WORD STATUSES`.
//
// SDK_DIR is the folder whose node_modules holds the SDK. Where to call and with which key comes from the
// environment, as for any user of the SDK. It prints what it has seen of each check, as one object in JSON.

import assert from "node:assert/strict";
import { createRequire } from "node:module";

const { default: Anthropic, APIError } = createRequire(`${process.env.SDK_DIR}/`)("@anthropic-ai/sdk");
const [word, statuses] = process.argv.slice(2);
const client = new Anthropic({ maxRetries: 0 });
const stranger = new Anthropic({ maxRetries: 0, apiKey: "wrong" });
const hello = [{ role: "user", content: `Say ${word}.` }];
const topic = { type: "object", properties: { topic: { type: "string" } }, required: ["topic"] };
const lookup = { name: "lookup", description: "Looks up a word.", input_schema: topic };

async function ask(isStreamed, options = {}) {
  const request = { model: "gpt-script", max_tokens: 256, messages: hello, ...options };
  if (!isStreamed) return await client.messages.create(request);
  return await client.messages.stream(request).finalMessage();
}

const textOf = (message) =>
  message.content.flatMap((block) => (block.type === "text" ? [block.text] : [])).join("");

function show(message) {
  const { input_tokens, cache_read_input_tokens, output_tokens } = message.usage;
  const tokens = `${input_tokens}/${cache_read_input_tokens}/${output_tokens}`;
  return `${textOf(message)} ${message.stop_reason} ${message.model} ${tokens} ${message.id.slice(0, 4)}`;
}

// Two calls at once, and their results.
async function both(isStreamed) {
  const messages = [{ role: "user", content: "Use lookup for both." }];
  const first = await ask(isStreamed, { messages, tools: [lookup] });
  const calls = first.content.filter((block) => block.type === "tool_use");
  assert(new Set(calls.map((call) => call.id)).size === 2 && first.stop_reason === "tool_use");
  const results = calls.map((call, number) => ({
    type: "tool_result",
    tool_use_id: call.id,
    content: `${word}${number}`,
  }));
  messages.push({ role: "assistant", content: first.content }, { role: "user", content: results });
  const final = await ask(isStreamed, { messages, tools: [lookup] });
  return `${calls.map((call) => call.input.topic).join(" ")} | ${final.content[0].text}`;
}

async function parse() {
  const schema = {
    type: "object",
    properties: { word: { type: "string" } },
    required: ["word"],
    additionalProperties: false,
  };
  const message = await ask(true, { output_config: { format: { type: "json_schema", schema } } });
  return JSON.parse(textOf(message)).word;
}

async function count() {
  const few = await client.messages.countTokens({ model: "gpt-script", messages: hello });
  const messages = Array(9).fill(hello[0]);
  const many = await client.messages.countTokens({ model: "gpt-script", messages, tools: [lookup] });
  return `${0 < few.input_tokens && few.input_tokens < many.input_tokens ? "True" : "False"}`;
}

async function models() {
  const ids = [];
  for await (const model of client.models.list()) ids.push(model.id);
  return `${ids.join(" ")} | ${(await client.models.retrieve("org/model:free")).id}`;
}

async function error(call) {
  try {
    await call();
  } catch (found) {
    if (!(found instanceof APIError) || found.status === undefined) throw found;
    assert(found.requestID && !`${found}`.includes("sk-upstream"), `${found}`);
    return `${found.status} ${found.error.error.type} ${found.headers.get("x-should-retry") ?? ""}`;
  }
  return "no error";
}

const checks = {
  whole: async () => show(await ask(false)),
  streamed: async () => show(await ask(true)),
  both: () => both(false),
  "both, streamed": () => both(true),
  parse,
  count,
  models,
  "no model": () => error(() => client.models.retrieve("nowhere")),
  "wrong key": () => error(() => stranger.messages.create({ model: "gpt-script", max_tokens: 9, messages: hello })),
};
for (const status of statuses.split(" ")) {
  checks[status] = () => error(() => ask(false, { model: `fault-${status}` }));
  checks[`${status}, streamed`] = () => error(() => ask(true, { model: `fault-${status}` }));
}
const results = {};
for (const [name, check] of Object.entries(checks)) {
  results[name] = await check().catch((failure) => `failed: ${failure} ${failure.cause ?? ""}`);
}
console.log(JSON.stringify(results));

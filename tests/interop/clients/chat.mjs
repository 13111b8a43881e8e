// What the official OpenAI SDK for TypeScript makes of the facade: `chat.mjs WORD`.
//
// SDK_DIR is the folder whose node_modules holds the SDK and zod. Where to call and with which key comes from
// the environment, as for any user of the SDK. It prints what it has seen of each check, as one object in JSON.

import assert from "node:assert/strict";
import { createRequire } from "node:module";

const require = createRequire(`${process.env.SDK_DIR}/`);
const { default: OpenAI, APIError } = require("openai");
const { zodFunction, zodResponseFormat } = require("openai/helpers/zod");
const { z } = require("zod");

const word = process.argv[2];
const client = new OpenAI();
const once = client.withOptions({ maxRetries: 0 });
const model = "claude-sonnet-4-6";
const hello = [
  { role: "system", content: "Be brief." },
  { role: "user", content: "Say hello." },
];
const tool = zodFunction({ name: "lookup", parameters: z.object({ topic: z.string() }) });
const format = zodResponseFormat(z.object({ word: z.string() }), "found");

const show = (value) => JSON.stringify(value);
const tokens = (usage) => `${usage.prompt_tokens}+${usage.completion_tokens}=${usage.total_tokens}`;

async function collect(options) {
  const chunks = [];
  const request = { model, messages: hello, stream: true, ...options };
  for await (const chunk of await once.chat.completions.create(request)) chunks.push(chunk);
  return chunks;
}

// A tool loop; `ask` returns the message of a completion.
async function loop(ask, prompt) {
  const messages = [{ role: "user", content: prompt }];
  const first = await ask(messages);
  messages.push(first);
  const topics = first.tool_calls.map((call, number) => {
    messages.push({ role: "tool", tool_call_id: call.id, content: `${word}${number}` });
    return JSON.parse(call.function.arguments).topic;
  });
  assert.equal(new Set(first.tool_calls.map((call) => call.id)).size, topics.length);
  return `${first.content} ${topics.join(" ")} | ${(await ask(messages)).content}`;
}

async function askWhole(messages) {
  const request = { model, messages, tools: [tool] };
  const [choice] = (await client.chat.completions.create(request)).choices;
  assert.equal(choice.finish_reason, choice.message.tool_calls ? "tool_calls" : "stop");
  return choice.message;
}

// The helper that accumulates the chunks.
async function askStream(messages) {
  const stream = client.chat.completions.stream({ model, messages, tools: [tool] });
  const done = [];
  stream.on("tool_calls.function.arguments.done", (call) => done.push(call.arguments));
  const { message } = (await stream.finalChatCompletion()).choices[0];
  assert.deepEqual(done, (message.tool_calls ?? []).map((call) => call.function.arguments));
  return message;
}

const create = (options, sdk = once) => sdk.chat.completions.create({ model, messages: hello, ...options });

async function error(call) {
  try {
    await call();
  } catch (found) {
    if (!(found instanceof APIError)) throw found;
    if (found.status === undefined) return `in the stream ${found.type} ${found.code ?? "None"}`;
    return `${found.status} ${found.type} ${found.code ?? "None"} ${found.headers.get("retry-after") ?? ""}`;
  }
  return "no error";
}

const checks = {
  whole: async () => {
    const completion = await create({});
    assert(completion.object === "chat.completion" && completion.id && completion._request_id, show(completion));
    const [choice] = completion.choices;
    return `${choice.message.content} ${choice.finish_reason} ${completion.model} ${tokens(completion.usage)}`;
  },
  streamed: async () => {
    const chunks = await collect({});
    assert(new Set(chunks.map((chunk) => chunk.id)).size === 1 && !chunks.some((chunk) => chunk.usage), show(chunks));
    assert(chunks.every((chunk) => chunk.choices.length === 1), show(chunks));
    const text = chunks.map((chunk) => chunk.choices[0].delta.content ?? "").join("");
    return `${text} ${chunks.at(-1).choices[0].finish_reason}`;
  },
  "streamed, usage": async () => {
    const chunks = await collect({ stream_options: { include_usage: true } });
    const last = chunks.pop();
    assert(last.choices.length === 0 && !chunks.some((chunk) => chunk.usage), show(chunks));
    return tokens(last.usage);
  },
  tools: () => loop(askWhole, "Use lookup for rivers."),
  "tools, both": () => loop(askWhole, "Use lookup for both."),
  "tools, streamed": () => loop(askStream, "Use lookup for rivers."),
  "tools, both, streamed": () => loop(askStream, "Use lookup for both."),
  parse: async () => {
    const request = { model, messages: hello, response_format: format };
    return (await client.chat.completions.parse(request)).choices[0].message.parsed.word;
  },
  "parse, streamed": async () => {
    const request = { model, messages: hello, response_format: format };
    return (await client.chat.completions.stream(request).finalChatCompletion()).choices[0].message.parsed.word;
  },
  "parse, tools": async () => {
    const request = { model, messages: [{ role: "user", content: "Use lookup." }], tools: [tool] };
    const { message } = (await client.chat.completions.parse(request)).choices[0];
    return message.tool_calls[0].function.parsed_arguments.topic;
  },
  models: async () => {
    const ids = [];
    for await (const found of client.models.list()) ids.push(found.id);
    return ids.join(" ");
  },
  model: async () => (await client.models.retrieve(model)).id,
  401: () => error(() => create({}, once.withOptions({ apiKey: "wrong" }))),
  404: () => error(() => create({ model: "nowhere" })),
  "404, streamed": () => error(() => create({ model: "nowhere", stream: true })),
  "404, models": () => error(() => once.models.retrieve("nowhere")),
  429: () => error(() => create({ model: "limited" })),
  400: () => error(() => create({ messages: [] })),
  529: () => error(() => create({ model: "fault-error-first-overloaded" })),
  "in a stream": () => error(() => collect({ model: "fault-error-mid-overloaded" })),
};
const results = {};
for (const [name, check] of Object.entries(checks)) {
  results[name] = await check().catch((failure) => `failed: ${failure} ${failure.cause ?? ""}`);
}
console.log(JSON.stringify(results));

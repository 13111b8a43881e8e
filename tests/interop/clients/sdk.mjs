// A two-turn tool loop with the official TypeScript SDK: `sdk.mjs create|stream WORD`.
//
// SDK_DIR is the folder whose node_modules holds the SDK. Where to call and with
// which key comes from the environment, as for any user of the SDK. The tool
// returns WORD; the final text is printed.
//
// `sdk.mjs resources WORD` lists models and has a batch processed whose result has WORD.

import assert from "node:assert/strict";
import { createRequire } from "node:module";

const { default: Anthropic } = createRequire(`${process.env.SDK_DIR}/`)("@anthropic-ai/sdk");
const [mode, word] = process.argv.slice(2);
const client = new Anthropic();

const lookup = {
  name: "lookup",
  description: "Look up the word that stands for a topic.",
  input_schema: {
    type: "object",
    properties: { topic: { type: "string" } },
    required: ["topic"],
  },
};

const show = (value) => JSON.stringify(value);
const textOf = (message) =>
  message.content.flatMap((block) => (block.type === "text" ? [block.text] : [])).join("");

async function ask(messages) {
  const request = { model: "claude-sonnet-4-6", max_tokens: 256, tools: [lookup], messages };
  if (mode === "create") {
    const message = await client.messages.create(request);
    assert(message._request_id, "no request-id header");
    return message;
  }
  let streamed = "";
  const message = await client.messages
    .stream(request)
    .on("text", (delta) => (streamed += delta))
    .finalMessage();
  assert.equal(streamed, textOf(message));
  return message;
}

// Every call for models and batches; returns the text of the batch's only result.
async function resources() {
  const models = await client.models.list({ limit: 1 });
  assert(models.has_more && models.first_id === models.last_id, show(models.data));
  const ids = [];
  for await (const model of models) ids.push(model.id);
  assert.deepEqual(ids, ["claude-sonnet-4-6", "org/model:free", "old"]);
  const before = [];
  for await (const model of client.models.list({ before_id: "old", limit: 1 })) before.push(model.id);
  assert.deepEqual(before, ids.slice(0, 2).reverse());
  assert.equal((await client.models.retrieve("org/model:free")).display_name, "org/model:free");

  const { batches } = client.messages;
  const result = { type: "tool_result", tool_use_id: "toolu_01", content: word };
  const params = { model: ids[0], max_tokens: 9, messages: [{ role: "user", content: [result] }] };
  const batch = await batches.create({ requests: [{ custom_id: "r1", params }] });
  assert(batch.processing_status === "ended" && batch.request_counts.succeeded === 1, show(batch));
  assert.equal((await batches.retrieve(batch.id)).id, batch.id);
  assert.equal((await batches.cancel(batch.id)).id, batch.id);
  const listed = [];
  for await (const other of client.messages.batches.list({ limit: 1 })) listed.push(other.id);
  assert(listed.includes(batch.id), show(listed));
  const lines = [];
  for await (const line of await batches.results(batch.id)) lines.push(line);
  assert.deepEqual(lines.map((line) => line.custom_id), ["r1"]);
  assert.equal((await batches.delete(batch.id)).type, "message_batch_deleted");
  return textOf(lines[0].result.message);
}

if (mode === "resources") {
  console.log(await resources());
  process.exit();
}

const messages = [{ role: "user", content: "Use lookup to find the word for rivers." }];
const first = await ask(messages);
const calls = first.content.filter((block) => block.type === "tool_use");
assert(first.stop_reason === "tool_use" && calls.length === 1, `no tool call: ${show(first)}`);
assert(
  calls[0].name === "lookup" && typeof calls[0].input.topic === "string",
  `bad tool call: ${show(first)}`,
);

const result = { type: "tool_result", tool_use_id: calls[0].id, content: word };
messages.push({ role: "assistant", content: first.content }, { role: "user", content: [result] });
const final = await ask(messages);
assert.equal(final.stop_reason, "end_turn", `not the end of the turn: ${show(final)}`);
console.log(textOf(final));

// Asks the official TypeScript SDK for the messages of handlers that go wrong: `faults.mjs WORD ROWS MODES`.
//
// SDK_DIR is the folder whose node_modules holds the SDK. WORD is the word that a whole message contains,
// ROWS is a list of `{"name", "calls"}` in JSON, and MODES a list of `create` and `stream`. For each row and
// mode it prints what the SDK returns or throws.

import assert from "node:assert/strict";
import { createRequire } from "node:module";

const { default: Anthropic, AnthropicError } = createRequire(`${process.env.SDK_DIR}/`)("@anthropic-ai/sdk");
const [word, rows, modes] = [process.argv[2], ...process.argv.slice(3).map((list) => JSON.parse(list))];
const client = new Anthropic();

const lookup = {
  name: "lookup",
  input_schema: { type: "object", properties: { topic: { type: "string" } }, required: ["topic"] },
};

const show = (value) => JSON.stringify(value);
const textOf = (message) =>
  message.content.flatMap((block) => (block.type === "text" ? [block.text] : [])).join("");

async function ask(mode, request, messages) {
  request = { ...request, max_tokens: 256, messages };
  if (mode === "create") return await client.messages.create(request);
  let streamed = "";
  const stream = client.messages.stream(request).on("text", (delta) => (streamed += delta));
  const message = await stream.finalMessage();
  assert.equal(streamed, textOf(message));
  return message;
}

async function perform(mode, row) {
  const request = { model: `fault-${row.name}` };
  if (!row.calls) return textOf(await ask(mode, request, [{ role: "user", content: `Say ${word}.` }]));
  const messages = [{ role: "user", content: "Use lookup to find the word for rivers." }];
  request.tools = [lookup];
  const first = await ask(mode, request, messages);
  const call = first.content.find((block) => block.type === "tool_use");
  assert.deepEqual(call?.input, { topic: "Use" }, `bad input: ${show(first)}`);
  const result = { type: "tool_result", tool_use_id: call.id, content: word };
  messages.push({ role: "assistant", content: first.content }, { role: "user", content: [result] });
  return textOf(await ask(mode, request, messages));
}

for (const row of rows) {
  for (const mode of modes) {
    const line = { name: row.name, mode };
    try {
      line.text = await perform(mode, row);
    } catch (error) {
      const kind = error instanceof AnthropicError ? "error" : "crash";
      line[kind] = `${error.constructor.name}: ${error.message}`;
    }
    console.log(JSON.stringify(line));
  }
}

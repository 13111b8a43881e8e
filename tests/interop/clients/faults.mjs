// Asks the official TypeScript SDK for the messages of handlers that go wrong: `faults.mjs WORD ROWS MODES`.
//
// SDK_DIR is the folder whose node_modules holds the SDK. WORD is the word that a whole message contains,
// ROWS is a list of `{"name", "calls"}` in JSON, and MODES a list of `create` and `stream`. For each row and
// mode it prints, in any order, what the SDK returns or throws.

import assert from "node:assert/strict";
import { createRequire } from "node:module";

import { run } from "./attempts.mjs";

const { default: Anthropic, AnthropicError } = createRequire(`${process.env.SDK_DIR}/`)("@anthropic-ai/sdk");
const [word, rows, modes] = [process.argv[2], ...process.argv.slice(3).map((list) => JSON.parse(list))];
const client = new Anthropic();

// A program runs no calls of a message that was cut, as the last one may lack a part of its input.
const cut = ["max_tokens", "model_context_window_exceeded", "refusal"];

const lookup = {
  name: "lookup",
  input_schema: { type: "object", properties: { topic: { type: "string" } }, required: ["topic"] },
};

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

// Returns the text of the last message, its stop reason, and the inputs of the calls before it.
async function perform(mode, row) {
  const request = { model: `fault-${row.name}` };
  if (!row.calls) return summary(await ask(mode, request, [{ role: "user", content: `Say ${word}.` }]), []);
  const messages = [{ role: "user", content: "Use lookup to find the word for rivers." }];
  request.tools = [lookup];
  const first = await ask(mode, request, messages);
  const calls = first.content.filter((block) => block.type === "tool_use");
  if (calls.length === 0 || cut.includes(first.stop_reason)) return summary(first, []);
  const results = calls.map((call) => ({ type: "tool_result", tool_use_id: call.id, content: word }));
  messages.push({ role: "assistant", content: first.content }, { role: "user", content: results });
  return summary(await ask(mode, request, messages), calls.map((call) => call.input));
}

const summary = (message, inputs) => ({ text: textOf(message), stop_reason: message.stop_reason, inputs });

await run(rows, modes, perform, [AnthropicError]);

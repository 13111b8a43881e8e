// Asks the official OpenAI SDK for TypeScript for the completions of handlers that go wrong, through the facade:
// `chat_faults.mjs WORD ROWS MODES`. SDK_DIR is the folder whose node_modules holds the SDK. The arguments and
// the output are those of `faults.mjs`.

import assert from "node:assert/strict";
import { createRequire } from "node:module";

const { default: OpenAI, OpenAIError } = createRequire(`${process.env.SDK_DIR}/`)("openai");
const [word, rows, modes] = [process.argv[2], ...process.argv.slice(3).map((list) => JSON.parse(list))];
const client = new OpenAI();

const parameters = { type: "object", properties: { topic: { type: "string" } }, required: ["topic"] };
const lookup = { type: "function", function: { name: "lookup", parameters } };

// Returns the message. The helper that accumulates chunks fails if a stream does not say why it ended.
async function ask(mode, request) {
  if (mode === "create") return (await client.chat.completions.create(request)).choices[0].message;
  return (await client.chat.completions.stream(request).finalChatCompletion()).choices[0].message;
}

async function perform(mode, row) {
  const request = { model: `fault-${row.name}` };
  if (!row.calls) {
    return (await ask(mode, { ...request, messages: [{ role: "user", content: `Say ${word}.` }] })).content;
  }
  const messages = [{ role: "user", content: "Use lookup to find the word for rivers." }];
  Object.assign(request, { messages, tools: [lookup] });
  const message = await ask(mode, request);
  const [call] = message.tool_calls;
  assert.deepEqual(JSON.parse(call.function.arguments), { topic: "Use" });
  messages.push(message, { role: "tool", tool_call_id: call.id, content: word });
  return (await ask(mode, request)).content;
}

for (const row of rows) {
  for (const mode of modes) {
    const line = { name: row.name, mode };
    try {
      line.text = (await perform(mode, row)) ?? "";
    } catch (error) {
      const kind = error instanceof OpenAIError ? "error" : "crash";
      line[kind] = `${error.constructor.name}: ${error.message}`;
    }
    console.log(JSON.stringify(line));
  }
}

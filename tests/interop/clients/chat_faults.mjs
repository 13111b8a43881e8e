// Asks the official OpenAI SDK for TypeScript for the completions of handlers that go wrong, through the facade:
// `chat_faults.mjs WORD ROWS MODES`. SDK_DIR is the folder whose node_modules holds the SDK. The arguments and
// the output are those of `faults.mjs`.

import { createRequire } from "node:module";

import { run } from "./attempts.mjs";

const { default: OpenAI, OpenAIError } = createRequire(`${process.env.SDK_DIR}/`)("openai");
const [word, rows, modes] = [process.argv[2], ...process.argv.slice(3).map((list) => JSON.parse(list))];
const client = new OpenAI();

const parameters = { type: "object", properties: { topic: { type: "string" } }, required: ["topic"] };
const lookup = { type: "function", function: { name: "lookup", parameters } };

// Returns the choice. The helper that accumulates chunks fails if a stream does not say why it ended.
async function ask(mode, request) {
  if (mode === "create") return (await client.chat.completions.create(request)).choices[0];
  return (await client.chat.completions.stream(request).finalChatCompletion()).choices[0];
}

// Returns the text of the last message, why it ended, and the inputs of the calls before it.
async function perform(mode, row) {
  const request = { model: `fault-${row.name}` };
  if (!row.calls) {
    return summary(await ask(mode, { ...request, messages: [{ role: "user", content: `Say ${word}.` }] }), []);
  }
  const messages = [{ role: "user", content: "Use lookup to find the word for rivers." }];
  Object.assign(request, { messages, tools: [lookup] });
  const first = await ask(mode, request);
  const calls = first.message.tool_calls ?? [];
  // The last call of a message that was cut may lack a part of its arguments.
  if (calls.length === 0 || first.finish_reason === "length") return summary(first, []);
  const results = calls.map((call) => ({ role: "tool", tool_call_id: call.id, content: word }));
  messages.push(first.message, ...results);
  return summary(await ask(mode, request), calls.map((call) => JSON.parse(call.function.arguments)));
}

const summary = (choice, inputs) => ({
  text: choice.message.content ?? "",
  stop_reason: choice.finish_reason,
  inputs,
});

// The last for arguments that are not JSON.
await run(rows, modes, perform, [OpenAIError, SyntaxError]);

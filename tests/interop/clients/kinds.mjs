// Asks the official TypeScript SDK for each kind of response of an upstream, through a bridge: `kinds.mjs ROWS`.
// SDK_DIR is the folder whose node_modules holds the SDK. The argument and the output are those of `kinds.py`.

import { createRequire } from "node:module";

const { default: Anthropic, AnthropicError } = createRequire(`${process.env.SDK_DIR}/`)("@anthropic-ai/sdk");
const client = new Anthropic({ maxRetries: 0 });
const weather = { name: "get_weather", input_schema: { type: "object" } };
const common = { max_tokens: 2048, messages: [{ role: "user", content: "Hello" }], tools: [weather] };

for (const { name, mode, request } of JSON.parse(process.argv[2])) {
  const full = { ...common, ...request, model: `kind-${name}` };
  const call = mode === "create" ? client.messages.create(full) : client.messages.stream(full).finalMessage();
  const found = await call.catch((error) => (error instanceof AnthropicError ? "error" : `${error}`));
  console.log(JSON.stringify({ name, mode, found }));
}

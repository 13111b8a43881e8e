// Sends large requests that are rejected with the official TypeScript SDK: `refusals.mjs ROWS`.
//
// SDK_DIR is the folder whose node_modules holds the SDK. ROWS is a list of `[STATUS, MIB, CALLS]` in JSON.
// For each it prints how often the SDK saw what.

import { createRequire } from "node:module";

const { default: Anthropic } = createRequire(`${process.env.SDK_DIR}/`)("@anthropic-ai/sdk");
const client = new Anthropic({ maxRetries: 0 });
const stranger = new Anthropic({ maxRetries: 0, apiKey: "wrong" });

async function send(status, mib) {
  const content = "x".repeat(mib << 20);
  const body = { model: "m", max_tokens: 1, messages: [{ role: "user", content }] };
  try {
    if (status === 404) await client.post("/v1/nowhere", { body });
    else await (status === 401 ? stranger : client).messages.create(body);
    return "no error";
  } catch (error) {
    return `${error.status ?? `${error.constructor.name}: ${error.cause?.cause ?? error.cause}`}`;
  }
}

for (const [status, mib, calls] of JSON.parse(process.argv[2])) {
  const seen = {};
  for (let call = 0; call < calls; call += 1) {
    const outcome = await send(status, mib);
    seen[outcome] = (seen[outcome] ?? 0) + 1;
  }
  console.log(JSON.stringify({ status, mib, calls, seen }));
}

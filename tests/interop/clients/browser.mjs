// Calls the service with the official TypeScript SDK from a page of another origin.
//
// The query of the page says where to call, with which key, and which word the service is to repeat. What the
// calls have come to is sent to the server of the page.

import Anthropic from "@anthropic-ai/sdk";

const query = new URLSearchParams(location.search);
const [baseURL, apiKey, word] = ["base", "key", "word"].map((name) => query.get(name));
const options = { baseURL, maxRetries: 0, dangerouslyAllowBrowser: true };
const client = new Anthropic({ ...options, apiKey });
const stranger = new Anthropic({ ...options, apiKey: "wrong" });

const request = (content) => ({ model: "echo-1", max_tokens: 256, messages: [{ role: "user", content }] });

const textOf = (message) => message.content.map((block) => block.text).join("");
const idOf = (id) => `${id}`.slice(0, 4);
const statusOf = (call) =>
  call.then(() => "no error", (error) => `${error.status} ${error.type} ${idOf(error.requestID)}`);

const checks = {
  async create() {
    const message = await client.messages.create(request(`Say ${word}.`));
    return `${textOf(message)} ${idOf(message._request_id)}`;
  },
  async stream() {
    const deltas = [];
    const stream = client.messages.stream(request(`Say ${word}.`)).on("text", (delta) => deltas.push(delta));
    const text = textOf(await stream.finalMessage());
    return `${text} in ${deltas.join("") === text ? deltas.length : "other"} deltas`;
  },
  async beta() {
    return textOf(await client.beta.messages.create({ ...request(`Say ${word}.`), betas: ["new-2026-01-01"] }));
  },
  async models() {
    const ids = [];
    for await (const model of client.models.list()) ids.push(model.id);
    return ids.join(" ");
  },
  401: () => statusOf(stranger.messages.create(request("Hello"))),
  404: () => statusOf(client.post("/v1/nowhere", { body: {} })),
  "401, 8 MiB": () => statusOf(stranger.messages.create(request("x".repeat(8 << 20)))),
  "413, 40 MiB": () => statusOf(client.messages.create(request("x".repeat(40 << 20)))),
};

const results = {};
for (const [name, check] of Object.entries(checks)) {
  results[name] = await check().catch((error) => `failed: ${error} ${error.cause ?? ""}`);
}
await fetch("/results", { method: "POST", body: JSON.stringify(results) });

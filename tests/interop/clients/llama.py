"""What the official Python SDK makes of a model of llama.cpp behind the bridge: `llama.py CALLS`.

Where to call and with which key comes from the environment, as for any user of the SDK. The model writes at
random, so each kind of request is made CALLS times. It prints how often each thing was seen, as one object in
JSON; what must always be so is asserted.
"""

import json
import sys
from collections import Counter

from anthropic import Anthropic, BadRequestError

calls = int(sys.argv[1])
client = Anthropic(max_retries=0)
MODEL = "random"
HELLO = [{"role": "user", "content": "Say hello."}]
TOPIC = {"type": "string", "enum": ["rivers", "lakes"]}
LOOKUP = {
    "name": "lookup",
    "description": "Looks up a word.",
    "input_schema": {"type": "object", "properties": {"topic": TOPIC}, "required": ["topic"]},
}
FORMAT = {
    "type": "json_schema",
    "schema": {
        "type": "object",
        "properties": {"ok": {"type": "boolean"}, "topic": TOPIC},
        "required": ["ok", "topic"],
        "additionalProperties": False,
    },
}
seen = Counter()


def ask(is_streamed, **options):
    request = {"model": MODEL, "max_tokens": 400, "messages": HELLO} | options
    if is_streamed:
        with client.messages.stream(**request) as stream:
            streamed = "".join(stream.text_stream)
            message = stream.get_final_message()
        assert streamed == text_of(message), message
    else:
        message = client.messages.create(**request)
    assert message.model == MODEL and message.id.startswith("msg_"), message
    assert message.usage.output_tokens > 0 and total(message) > 0, message
    return message


def text_of(message):
    return "".join(block.text for block in message.content if block.type == "text")


def total(message):
    return message.usage.input_tokens + message.usage.cache_read_input_tokens


def note(kind, is_streamed, what):
    seen[f"{kind}{', streamed' if is_streamed else ''}: {what}"] += 1


def texts(is_streamed):
    message = ask(is_streamed)
    note("text", is_streamed, message.stop_reason)
    message = ask(is_streamed, max_tokens=2)
    assert message.usage.output_tokens <= 2, message
    note("two tokens", is_streamed, message.stop_reason)


def loops(is_streamed, choice):
    """A tool loop of two turns. The second request begins with the first, which the server has in its cache."""
    request = {"tools": [LOOKUP], "tool_choice": {"type": choice}}
    message = ask(is_streamed, **request)
    uses = [block for block in message.content if block.type == "tool_use"]
    note(f"tools, {choice}", is_streamed, f"{message.stop_reason} {'with' if uses else 'without'} calls")
    assert not uses or message.stop_reason in ("tool_use", "max_tokens"), message
    if message.stop_reason != "tool_use":
        return
    assert all(use.name == "lookup" and use.input["topic"] in TOPIC["enum"] for use in uses), message
    assert len({use.id for use in uses}) == len(uses), message
    results = [{"type": "tool_result", "tool_use_id": use.id, "content": "a word"} for use in uses]
    turn = {"role": "assistant", "content": message.to_dict()["content"]}
    messages = HELLO + [turn, {"role": "user", "content": results}]
    second = ask(is_streamed, messages=messages, **request)
    note(f"tools, {choice}", is_streamed, "cached" if second.usage.cache_read_input_tokens > 0 else "not cached")


def formats(is_streamed):
    message = ask(is_streamed, output_config={"format": FORMAT})
    found = json.loads(text_of(message))
    assert found["ok"] in (True, False) and found["topic"] in TOPIC["enum"], message
    note("format", is_streamed, message.stop_reason)


def prefills(is_streamed):
    """The message goes on after its beginning, and does not repeat it."""
    beginning = "Once upon a time"
    message = ask(is_streamed, messages=HELLO + [{"role": "assistant", "content": beginning}])
    assert not text_of(message).startswith(beginning), message
    note("prefill", is_streamed, message.stop_reason)


def counts():
    """The count of a request is what the server then says that it has read."""
    for request in ({}, {"tools": [LOOKUP]}, {"system": "Be brief."}):
        counted = client.messages.count_tokens(model=MODEL, messages=HELLO, **request).input_tokens
        read = total(ask(False, **request))
        assert counted == read, f"{request}: counted {counted}, read {read}"
        seen["counted to the token"] += 1


for is_streamed in (False, True):
    for _ in range(calls):
        texts(is_streamed)
        loops(is_streamed, "auto")
        loops(is_streamed, "any")
        formats(is_streamed)
    prefills(is_streamed)
    try:
        ask(is_streamed, messages=[{"role": "user", "content": "word " * 5000}])
        raise AssertionError("it was not too long")
    except BadRequestError as error:
        assert error.body["error"]["message"].startswith("prompt is too long: "), error
        seen[error.body["error"]["message"]] += 1
image = {"type": "base64", "media_type": "image/png", "data": "iVBORw0KGgo="}
try:
    ask(False, messages=[{"role": "user", "content": [{"type": "image", "source": image}]}])
    raise AssertionError("it took an image")
except BadRequestError:
    seen["no images"] += 1
counts()
assert [model.id for model in client.models.list()] == [MODEL]
print(json.dumps(seen))

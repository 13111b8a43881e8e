"""A two-turn tool loop with the official Python SDK: `sdk.py create|stream WORD`.

Where to call and with which key comes from the environment, as for any user
of the SDK. The tool returns WORD; the final text is printed.

`sdk.py resources WORD` lists models and has a batch processed whose result has WORD.
"""

import sys

from anthropic import Anthropic

mode, word = sys.argv[1:]
client = Anthropic()

LOOKUP = {
    "name": "lookup",
    "description": "Look up the word that stands for a topic.",
    "input_schema": {
        "type": "object",
        "properties": {"topic": {"type": "string"}},
        "required": ["topic"],
    },
}


def text_of(message):
    return "".join(block.text for block in message.content if block.type == "text")


def ask(messages):
    request = dict(
        model="claude-sonnet-4-6", max_tokens=256, tools=[LOOKUP], messages=messages
    )
    if mode == "create":
        message = client.messages.create(**request)
        assert message._request_id, "no request-id header"
        return message
    with client.messages.stream(**request) as stream:
        streamed = "".join(stream.text_stream)
        message = stream.get_final_message()
    assert streamed == text_of(message), f"streamed {streamed!r}, final {message!r}"
    return message


def resources():
    """Every call for models and batches; returns the text of the batch's only result."""
    models = client.models.list(limit=1)
    assert models.has_more and models.first_id == models.last_id == models.data[0].id
    ids = [model.id for model in models]
    assert ids == ["claude-sonnet-4-6", "org/model:free", "old"], ids
    assert [model.id for model in client.models.list(before_id="old", limit=1)] == ids[1::-1]
    assert client.models.retrieve("org/model:free").display_name == "org/model:free"

    batches = client.messages.batches
    result = {"type": "tool_result", "tool_use_id": "toolu_01", "content": word}
    params = dict(model=ids[0], max_tokens=9, messages=[{"role": "user", "content": [result]}])
    batch = batches.create(requests=[{"custom_id": "r1", "params": params}])
    assert batch.processing_status == "ended" and batch.request_counts.succeeded == 1, batch
    assert batches.retrieve(batch.id).id == batch.id
    assert batches.cancel(batch.id).id == batch.id
    assert batch.id in [other.id for other in batches.list(limit=1)]
    lines = list(batches.results(batch.id))
    assert [line.custom_id for line in lines] == ["r1"], lines
    assert batches.delete(batch.id).type == "message_batch_deleted"
    return text_of(lines[0].result.message)


if mode == "resources":
    print(resources())
    sys.exit()

messages = [{"role": "user", "content": "Use lookup to find the word for rivers."}]
first = ask(messages)
calls = [block for block in first.content if block.type == "tool_use"]
assert first.stop_reason == "tool_use" and len(calls) == 1, f"no tool call: {first!r}"
assert calls[0].name == "lookup" and isinstance(calls[0].input.get("topic"), str), (
    f"bad tool call: {first!r}"
)

result = {"type": "tool_result", "tool_use_id": calls[0].id, "content": word}
messages += [
    {"role": "assistant", "content": first.content},
    {"role": "user", "content": [result]},
]
final = ask(messages)
assert final.stop_reason == "end_turn", f"not the end of the turn: {final!r}"
print(text_of(final))

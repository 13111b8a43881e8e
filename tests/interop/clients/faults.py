"""Asks the official Python SDK for the messages of handlers that go wrong: `faults.py WORD ROWS MODES`.

WORD is the word that a whole message contains, ROWS is a list of `{"name", "calls"}` in JSON, and MODES
a list of `create` and `stream`. For each row and mode it prints what the SDK returns or raises.
"""

import json
import sys

from anthropic import Anthropic, APIError

word, rows, modes = sys.argv[1], *map(json.loads, sys.argv[2:])
client = Anthropic()

LOOKUP = {
    "name": "lookup",
    "input_schema": {
        "type": "object",
        "properties": {"topic": {"type": "string"}},
        "required": ["topic"],
    },
}


def text_of(message):
    return "".join(block.text for block in message.content if block.type == "text")


def ask(mode, request, messages):
    request = request | {"max_tokens": 256, "messages": messages}
    if mode == "create":
        return client.messages.create(**request)
    with client.messages.stream(**request) as stream:
        streamed = "".join(stream.text_stream)
        message = stream.get_final_message()
    assert streamed == text_of(message), f"streamed {streamed!r}, final {message!r}"
    return message


def perform(mode, row):
    request = {"model": f"fault-{row['name']}"}
    if not row["calls"]:
        return text_of(ask(mode, request, [{"role": "user", "content": f"Say {word}."}]))
    messages = [{"role": "user", "content": "Use lookup to find the word for rivers."}]
    request["tools"] = [LOOKUP]
    first = ask(mode, request, messages)
    call = next(block for block in first.content if block.type == "tool_use")
    assert call.input == {"topic": "Use"}, f"bad input: {first!r}"
    result = {"type": "tool_result", "tool_use_id": call.id, "content": word}
    messages += [
        {"role": "assistant", "content": first.to_dict()["content"]},
        {"role": "user", "content": [result]},
    ]
    return text_of(ask(mode, request, messages))


for row in rows:
    for mode in modes:
        line = {"name": row["name"], "mode": mode}
        try:
            line["text"] = perform(mode, row)
        except APIError as error:
            line["error"] = f"{type(error).__name__}: {error}"
        except Exception as error:  # what a program would not expect
            line["crash"] = f"{type(error).__name__}: {error}"
        print(json.dumps(line), flush=True)

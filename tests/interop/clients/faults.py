"""Asks the official Python SDK for the messages of handlers that go wrong: `faults.py WORD ROWS MODES`.

WORD is the word that a whole message contains, ROWS is a list of `{"name", "calls"}` in JSON, and MODES
a list of `create` and `stream`. For each row and mode it prints what the SDK returns or raises.
"""

import json
import sys
from pathlib import Path

from anthropic import Anthropic, APIError

sys.path.append(str(Path(__file__).parent))
from attempts import run  # noqa: E402

word, rows, modes = sys.argv[1], *map(json.loads, sys.argv[2:])
client = Anthropic()

# A program runs no calls of a message that was cut, as the last one may lack a part of its input.
CUT = ("max_tokens", "model_context_window_exceeded", "refusal")

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
    """Returns the text of the last message, its stop reason, and the inputs of the calls before it."""
    request = {"model": f"fault-{row['name']}"}
    if not row["calls"]:
        return summary(ask(mode, request, [{"role": "user", "content": f"Say {word}."}]), [])
    messages = [{"role": "user", "content": "Use lookup to find the word for rivers."}]
    request["tools"] = [LOOKUP]
    first = ask(mode, request, messages)
    calls = [block for block in first.content if block.type == "tool_use"]
    if not calls or first.stop_reason in CUT:
        return summary(first, [])
    results = [{"type": "tool_result", "tool_use_id": call.id, "content": word} for call in calls]
    messages += [
        {"role": "assistant", "content": first.to_dict()["content"]},
        {"role": "user", "content": results},
    ]
    return summary(ask(mode, request, messages), [call.input for call in calls])


def summary(message, inputs):
    return {"text": text_of(message), "stop_reason": message.stop_reason, "inputs": inputs}


# The last for an input that is not JSON.
run(rows, modes, perform, (APIError, ValueError))

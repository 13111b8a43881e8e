"""Asks the official OpenAI SDK for Python for the completions of handlers that go wrong, through the facade:
`chat_faults.py WORD ROWS MODES`. The arguments and the output are those of `faults.py`.
"""

import json
import sys

from openai import APIError, OpenAI

word, rows, modes = sys.argv[1], *map(json.loads, sys.argv[2:])
client = OpenAI()

PARAMETERS = {"type": "object", "properties": {"topic": {"type": "string"}}, "required": ["topic"]}
LOOKUP = {"type": "function", "function": {"name": "lookup", "parameters": PARAMETERS}}


class Unfinished(Exception):
    """A stream ended without saying why."""


def ask(mode, request):
    """Returns the text, and the message as it goes into the next request."""
    if mode == "create":
        message = client.chat.completions.create(**request).choices[0].message
        return message.content or "", message
    text, calls, reason = "", {}, None
    for chunk in client.chat.completions.create(**request, stream=True):
        for choice in chunk.choices:
            reason = choice.finish_reason or reason
            text += choice.delta.content or ""
            for part in choice.delta.tool_calls or []:
                call = calls.setdefault(part.index, {"id": part.id, "name": "", "arguments": ""})
                call["name"] += part.function.name or ""
                call["arguments"] += part.function.arguments or ""
    if reason is None:
        raise Unfinished("no finish_reason")
    message = {"role": "assistant", "content": text}
    if calls:
        message["tool_calls"] = [
            {"id": call.pop("id"), "type": "function", "function": call} for _, call in sorted(calls.items())
        ]
    return text, message


def perform(mode, row):
    request = {"model": f"fault-{row['name']}"}
    if not row["calls"]:
        return ask(mode, request | {"messages": [{"role": "user", "content": f"Say {word}."}]})[0]
    messages = [{"role": "user", "content": "Use lookup to find the word for rivers."}]
    request |= {"messages": messages, "tools": [LOOKUP]}
    message = ask(mode, request)[1]
    call = (message if isinstance(message, dict) else message.to_dict())["tool_calls"][0]
    assert json.loads(call["function"]["arguments"]) == {"topic": "Use"}, f"bad arguments: {message!r}"
    messages += [message, {"role": "tool", "tool_call_id": call["id"], "content": word}]
    return ask(mode, request)[0]


for row in rows:
    for mode in modes:
        line = {"name": row["name"], "mode": mode}
        try:
            line["text"] = perform(mode, row)
        except (APIError, Unfinished) as error:
            line["error"] = f"{type(error).__name__}: {error}"
        except Exception as error:  # what a program would not expect
            line["crash"] = f"{type(error).__name__}: {error}"
        print(json.dumps(line), flush=True)

"""Asks the official OpenAI SDK for Python for the completions of handlers that go wrong, through the facade:
`chat_faults.py WORD ROWS MODES`. The arguments and the output are those of `faults.py`.
"""

import json
import sys
from pathlib import Path

from openai import APIError, OpenAI

sys.path.append(str(Path(__file__).parent))
from attempts import run  # noqa: E402

word, rows, modes = sys.argv[1], *map(json.loads, sys.argv[2:])
client = OpenAI()

PARAMETERS = {"type": "object", "properties": {"topic": {"type": "string"}}, "required": ["topic"]}
LOOKUP = {"type": "function", "function": {"name": "lookup", "parameters": PARAMETERS}}


class Unfinished(Exception):
    """A stream ended without saying why."""


def ask(mode, request):
    """Returns the message as it goes into the next request, and why it ended."""
    if mode == "create":
        choice = client.chat.completions.create(**request).choices[0]
        return choice.message.to_dict(), choice.finish_reason
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
    return message, reason


def perform(mode, row):
    """Returns the text of the last message, why it ended, and the inputs of the calls before it."""
    request = {"model": f"fault-{row['name']}"}
    if not row["calls"]:
        return summary(*ask(mode, request | {"messages": [{"role": "user", "content": f"Say {word}."}]}), [])
    messages = [{"role": "user", "content": "Use lookup to find the word for rivers."}]
    request |= {"messages": messages, "tools": [LOOKUP]}
    message, reason = ask(mode, request)
    calls = message.get("tool_calls", [])
    # The last call of a message that was cut may lack a part of its arguments.
    if not calls or reason == "length":
        return summary(message, reason, [])
    messages += [message, *({"role": "tool", "tool_call_id": call["id"], "content": word} for call in calls)]
    inputs = [json.loads(call["function"]["arguments"]) for call in calls]
    return summary(*ask(mode, request), inputs)


def summary(message, reason, inputs):
    return {"text": message.get("content") or "", "stop_reason": reason, "inputs": inputs}


# The last for arguments that are not JSON.
run(rows, modes, perform, (APIError, Unfinished, ValueError))

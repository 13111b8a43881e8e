"""Asks the official OpenAI SDK for Python for the completions of handlers that go wrong, through the facade:
`chat_faults.py WORD ROWS MODES`. The arguments and the output are those of `faults.py`.
"""

import json
import sys
from concurrent.futures import ThreadPoolExecutor

from openai import APIError, OpenAI

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


def attempt(row, mode):
    line = {"name": row["name"], "mode": mode}
    try:
        line |= perform(mode, row)
    except (APIError, Unfinished, ValueError) as error:  # the last for arguments that are not JSON
        line["error"] = f"{type(error).__name__}: {error}"
    except Exception as error:  # what a program would not expect
        line["crash"] = f"{type(error).__name__}: {error}"
    return json.dumps(line)


# Most of the time they wait before they try again.
with ThreadPoolExecutor(4) as pool:
    for line in pool.map(attempt, *zip(*((row, mode) for row in rows for mode in modes))):
        print(line)

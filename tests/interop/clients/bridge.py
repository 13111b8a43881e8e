"""What the official Python SDK makes of the bridge: `bridge.py WORD`.

Where to call and with which key comes from the environment, as for any user of the SDK. It prints what it
has seen of each check, as one object in JSON.
"""

import json
import sys

from anthropic import Anthropic, APIStatusError
from pydantic import BaseModel

word = sys.argv[1]
client = Anthropic()
once = client.with_options(max_retries=0)
HELLO = [{"role": "user", "content": f"Say {word}."}]
TOPIC = {"type": "object", "properties": {"topic": {"type": "string"}}, "required": ["topic"]}
LOOKUP = {"name": "lookup", "description": "Looks up a word.", "input_schema": TOPIC}


class Found(BaseModel):
    word: str


def ask(is_streamed=False, **options):
    request = {"model": "gpt-script", "max_tokens": 256, "messages": HELLO} | options
    if not is_streamed:
        return once.messages.create(**request)
    with once.messages.stream(**request) as stream:
        return stream.get_final_message()


def show(message):
    usage = message.usage
    tokens = f"{usage.input_tokens}/{usage.cache_read_input_tokens}/{usage.output_tokens}"
    text = "".join(block.text for block in message.content if block.type == "text")
    return f"{text} {message.stop_reason} {message.model} {tokens} {message.id[:4]}"


def both(is_streamed):
    """Two calls at once, and their results."""
    messages = [{"role": "user", "content": "Use lookup for both."}]
    first = ask(is_streamed, messages=messages, tools=[LOOKUP])
    calls = [block for block in first.content if block.type == "tool_use"]
    assert len({call.id for call in calls}) == 2 and first.stop_reason == "tool_use", first
    results = [
        {"type": "tool_result", "tool_use_id": call.id, "content": f"{word}{number}"}
        for number, call in enumerate(calls)
    ]
    messages += [
        {"role": "assistant", "content": first.to_dict()["content"]},
        {"role": "user", "content": results},
    ]
    final = ask(is_streamed, messages=messages, tools=[LOOKUP])
    return f"{' '.join(call.input['topic'] for call in calls)} | {final.content[0].text}"


def parse():
    message = once.messages.parse(model="gpt-script", max_tokens=9, messages=HELLO, output_format=Found)
    return message.parsed_output.word


def count():
    few = client.messages.count_tokens(model="gpt-script", messages=HELLO).input_tokens
    many = client.messages.count_tokens(model="gpt-script", messages=HELLO * 9, tools=[LOOKUP]).input_tokens
    return f"{0 < few < many}"


def models():
    ids = " ".join(model.id for model in client.models.list())
    return f"{ids} | {client.models.retrieve('org/model:free').id}"


def error(call):
    try:
        call()
    except APIStatusError as found:
        assert found.request_id and "sk-upstream" not in str(found), found
        return f"{found.status_code} {found.body['error']['type']} {found.response.headers.get('x-should-retry', '')}"
    return "no error"


STATUSES = sys.argv[2].split()
checks = {
    "whole": lambda: show(ask()),
    "streamed": lambda: show(ask(True)),
    "both": lambda: both(False),
    "both, streamed": lambda: both(True),
    "parse": parse,
    "count": count,
    "models": models,
    "no model": lambda: error(lambda: once.models.retrieve("nowhere")),
    "wrong key": lambda: error(lambda: once.with_options(api_key="wrong").messages.create(
        model="gpt-script", max_tokens=9, messages=HELLO)),
}
for status in STATUSES:
    checks[status] = lambda status=status: error(lambda: ask(model=f"fault-{status}"))
    checks[f"{status}, streamed"] = lambda status=status: error(lambda: ask(True, model=f"fault-{status}"))
results = {}
for name, check in checks.items():
    try:
        results[name] = check()
    except Exception as failure:
        results[name] = f"failed: {type(failure).__name__}: {failure}"
print(json.dumps(results))

"""What the official OpenAI SDK for Python makes of the facade: `chat.py WORD`.

Where to call and with which key comes from the environment, as for any user of the SDK. It prints what it
has seen of each check, as one object in JSON.
"""

import json
import sys

import openai
from openai import OpenAI
from pydantic import BaseModel

word = sys.argv[1]
client = OpenAI()
once = client.with_options(max_retries=0)
MODEL = "claude-sonnet-4-6"
HELLO = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Say hello."}]
USAGE = {"include_usage": True}


class Lookup(BaseModel):
    """Looks up the word that stands for a topic."""

    topic: str


class Found(BaseModel):
    word: str


TOOL = openai.pydantic_function_tool(Lookup, name="lookup")
FUNCTION = {"name": "lookup", "parameters": Lookup.model_json_schema()}


def show(completion):
    usage = completion.usage
    choice = completion.choices[0]
    tokens = f"{usage.prompt_tokens}+{usage.completion_tokens}={usage.total_tokens}"
    return f"{choice.message.content} {choice.finish_reason} {completion.model} {tokens}"


def whole():
    completion = client.chat.completions.create(model=MODEL, messages=HELLO)
    assert completion.object == "chat.completion" and completion.id and completion._request_id, completion
    return show(completion)


def streamed():
    chunks = list(client.chat.completions.create(model=MODEL, messages=HELLO, stream=True))
    assert len({chunk.id for chunk in chunks}) == 1 and not any(chunk.usage for chunk in chunks), chunks
    assert all(len(chunk.choices) == 1 for chunk in chunks), chunks
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks)
    return f"{text} {chunks[-1].choices[0].finish_reason}"


def streamed_usage():
    chunks = list(
        client.chat.completions.create(model=MODEL, messages=HELLO, stream=True, stream_options=USAGE)
    )
    usage = chunks[-1].usage
    assert not chunks[-1].choices and not any(chunk.usage for chunk in chunks[:-1]), chunks
    return f"{usage.prompt_tokens}+{usage.completion_tokens}={usage.total_tokens}"


def loop(ask, prompt):
    """A tool loop; `ask` returns the message of a completion."""
    messages = [{"role": "user", "content": prompt}]
    first = ask(messages)
    messages.append(first)
    topics = []
    for number, call in enumerate(first.tool_calls):
        topics.append(json.loads(call.function.arguments)["topic"])
        messages.append({"role": "tool", "tool_call_id": call.id, "content": f"{word}{number}"})
    assert len({call.id for call in first.tool_calls}) == len(topics), first
    return f"{first.content} {' '.join(topics)} | {ask(messages).content}"


def ask_whole(messages):
    request = {"model": MODEL, "messages": messages, "tools": [{"type": "function", "function": FUNCTION}]}
    choice = client.chat.completions.create(**request).choices[0]
    assert choice.finish_reason == ("tool_calls" if choice.message.tool_calls else "stop"), choice
    return choice.message


def ask_stream(messages):
    """The helper that accumulates the chunks and parses the arguments."""
    with client.chat.completions.stream(model=MODEL, messages=messages, tools=[TOOL]) as stream:
        done = [event for event in stream if event.type == "tool_calls.function.arguments.done"]
        message = stream.get_final_completion().choices[0].message
    assert [event.parsed_arguments.topic for event in done] == [
        call.function.parsed_arguments.topic for call in message.tool_calls or []
    ], done
    return message


def parse():
    completion = client.chat.completions.parse(model=MODEL, messages=HELLO, response_format=Found)
    return completion.choices[0].message.parsed.word


def parse_stream():
    with client.chat.completions.stream(model=MODEL, messages=HELLO, response_format=Found) as stream:
        return stream.get_final_completion().choices[0].message.parsed.word


def parse_tools():
    messages = [{"role": "user", "content": "Use lookup."}]
    completion = client.chat.completions.parse(model=MODEL, messages=messages, tools=[TOOL])
    return completion.choices[0].message.tool_calls[0].function.parsed_arguments.topic


def error(call):
    try:
        call()
    except openai.APIStatusError as found:
        return f"{found.status_code} {found.type} {found.code} {found.response.headers.get('retry-after', '')}"
    except openai.APIError as found:
        return f"in the stream {found.type} {found.code}"
    return "no error"


def create(sdk=once, **options):
    return sdk.chat.completions.create(**{"model": MODEL, "messages": HELLO} | options)


checks = {
    "whole": whole,
    "streamed": streamed,
    "streamed, usage": streamed_usage,
    "tools": lambda: loop(ask_whole, "Use lookup for rivers."),
    "tools, both": lambda: loop(ask_whole, "Use lookup for both."),
    "tools, streamed": lambda: loop(ask_stream, "Use lookup for rivers."),
    "tools, both, streamed": lambda: loop(ask_stream, "Use lookup for both."),
    "parse": parse,
    "parse, streamed": parse_stream,
    "parse, tools": parse_tools,
    "models": lambda: " ".join(model.id for model in client.models.list()),
    "model": lambda: client.models.retrieve(MODEL).id,
    "401": lambda: error(lambda: create(once.with_options(api_key="wrong"))),
    "404": lambda: error(lambda: create(model="nowhere")),
    "404, streamed": lambda: error(lambda: create(model="nowhere", stream=True)),
    "404, models": lambda: error(lambda: once.models.retrieve("nowhere")),
    "429": lambda: error(lambda: create(model="limited")),
    "400": lambda: error(lambda: create(messages=[])),
    "529": lambda: error(lambda: create(model="fault-error-first-overloaded")),
    "in a stream": lambda: error(lambda: list(create(model="fault-error-mid-overloaded", stream=True))),
}
results = {}
for name, check in checks.items():
    try:
        results[name] = check()
    except Exception as failure:
        results[name] = f"failed: {type(failure).__name__}: {failure}"
print(json.dumps(results))

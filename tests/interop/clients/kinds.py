"""Asks the official Python SDK for each kind of response of an upstream, through a bridge: `kinds.py ROWS`.

ROWS is a list of `{"name", "mode", "request"}` in JSON. For each it prints the message, or the error.
"""

import json
import sys

from anthropic import Anthropic, APIError

client = Anthropic(max_retries=0)
WEATHER = {"name": "get_weather", "input_schema": {"type": "object"}}
COMMON = {"max_tokens": 2048, "messages": [{"role": "user", "content": "Hello"}], "tools": [WEATHER]}

for row in json.loads(sys.argv[1]):
    request = COMMON | row["request"] | {"model": f"kind-{row['name']}"}
    try:
        if row["mode"] == "create":
            message = client.messages.create(**request)
        else:
            with client.messages.stream(**request) as stream:
                message = stream.get_final_message()
        found = message.to_dict()
    except APIError:
        found = "error"
    except Exception as error:  # what a program would not expect
        found = f"{type(error).__name__}: {error}"
    print(json.dumps({"name": row["name"], "mode": row["mode"], "found": found}), flush=True)

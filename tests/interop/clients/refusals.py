"""Sends large requests that are rejected with the official Python SDK: `refusals.py ROWS`.

ROWS is a list of `[STATUS, MIB, CALLS]` in JSON. For each it prints how often the SDK saw what.
"""

import json
import sys
from collections import Counter

from anthropic import Anthropic, APIError, APIStatusError

client = Anthropic(max_retries=0)
stranger = Anthropic(max_retries=0, api_key="wrong")


def send(status, mib):
    content = "x" * (mib << 20)
    body = {"model": "m", "max_tokens": 1, "messages": [{"role": "user", "content": content}]}
    try:
        if status == 404:
            client.post("/v1/nowhere", body=body, cast_to=object)
        else:
            (stranger if status == 401 else client).messages.create(**body)
    except APIStatusError as error:
        return str(error.status_code)
    except APIError as error:
        return f"{type(error).__name__}: {error.__cause__!r}"
    return "no error"


for status, mib, calls in json.loads(sys.argv[1]):
    seen = Counter(send(status, mib) for _ in range(calls))
    print(json.dumps({"status": status, "mib": mib, "calls": calls, "seen": seen}), flush=True)

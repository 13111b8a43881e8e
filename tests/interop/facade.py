"""The official OpenAI SDKs at the facade, which serves Chat Completions over the model of the interop server.

One case goes through what the SDKs are used for: whole and streamed completions, tool loops, structured
output, models and errors. The others ask for the messages of handlers that go wrong, as in faults.py.
"""

import json
import secrets
from dataclasses import dataclass

from faults import Faults
from fleet import Fleet
from processes import Failure
from published import OPENAI_PYTHON, OPENAI_TYPESCRIPT, Client


@dataclass(frozen=True)
class Facade:
    """All checks of the scripts `chat`, with one SDK."""

    client: Client
    path = "facade"

    def __str__(self) -> str:
        return f"facade {self.client.label}"

    @property
    def clients(self) -> tuple[Client, ...]:
        return (self.client,)

    def run(self, fleet: Fleet) -> str:
        word = "word" + secrets.token_hex(6)
        server = fleet.server("facade")
        found = json.loads(self.client.script("chat", fleet.entry("facade", server), word))
        both = f"Let me see. Use lookup | The tool said: {word}0 {word}1"
        one = f"Let me see. Use | The tool said: {word}0"
        expected = {
            "whole": "Hello stop claude-sonnet-4-6 12+7=19",
            "streamed": "Hello stop",
            "streamed, usage": "12+7=19",
            "tools": one,
            "tools, both": both,
            "tools, streamed": one,
            "tools, both, streamed": both,
            "parse": "Say",
            "parse, streamed": "Say",
            "parse, tools": "Use",
            "models": "claude-sonnet-4-6 org/model:free old",
            "model": "claude-sonnet-4-6",
            "401": "401 invalid_request_error invalid_api_key ",
            "404": "404 invalid_request_error model_not_found ",
            "404, streamed": "404 invalid_request_error model_not_found ",
            "404, models": "404 invalid_request_error model_not_found ",
            "429": "429 rate_limit_error rate_limit_exceeded 1",
            "400": "400 invalid_request_error None ",
            "529": "503 server_error overloaded ",
            "in a stream": "in the stream server_error overloaded",
        }
        wrong = {name: found.get(name) for name in expected if found.get(name) != expected[name]}
        if wrong or found.keys() != expected.keys():
            raise Failure(f"it saw {json.dumps(wrong or found)}")
        return f"{len(found)} checks"


def cases(is_all: bool) -> list:
    """Without `--all`, only the TypeScript SDK meets the handlers that go wrong."""
    sdks = (OPENAI_TYPESCRIPT, OPENAI_PYTHON)
    return [Facade(sdk) for sdk in sdks] + [Faults(sdk, "facade", "facade", True) for sdk in sdks[:2 if is_all else 1]]

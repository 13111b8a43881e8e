"""A real model server: that of llama.cpp, with a model of random weights (llama_server.py). It is called behind
the bridge, and by the client of this crate at its own Messages API.

What the model writes means nothing, but templates, grammars of tools and schemas, the parser of calls, the
cache, the tokenizer, usage and errors are those that users of llama.cpp have.
"""

import json
from dataclasses import dataclass

from fleet import Fleet
from processes import Failure, say
from published import LLAMA, MATRIX, PYTHON

CALLS = 6
TABLE: dict[str, int] = {}  # what was seen, and how often


@dataclass(frozen=True)
class Llama:
    path = "bridge"
    clients = (LLAMA, PYTHON)

    def __str__(self) -> str:
        return f"llama {PYTHON.label} {LLAMA.label}"

    def run(self, fleet: Fleet) -> str:
        upstream = fleet.start(("llama",), LLAMA.start)
        env = fleet.entry("bridge", upstream, "llama.cpp")
        TABLE.update(json.loads(PYTHON.script("llama", env, str(CALLS))))
        # At random, each of them is all but certain.
        for kind in ("tools, any", "tools, any, streamed", "tools, auto", "tools, auto, streamed"):
            for what in ("tool_use with calls", "cached"):
                if f"{kind}: {what}" not in TABLE:
                    raise Failure(f"never {kind}: {what} in {TABLE}")
        return f"{sum(TABLE.values())} observations"


@dataclass(frozen=True)
class Own:
    """A message and a stream of its own Messages API. A tool loop needs a model that goes by the tool's result."""

    client = MATRIX[0]
    clients = (LLAMA, client)

    def __str__(self) -> str:
        return f"{self.client.label} plain {LLAMA.label}"

    def run(self, fleet: Fleet) -> str:
        url = fleet.start(("llama",), LLAMA.start).url
        env = {"ANTHROPIC_BASE_URL": url, "ANTHROPIC_API_KEY": "none", "INTEROP_MODEL": "random"}
        text = self.client.run(env, "plain", "word")
        return f"{len(text)} characters"


def report() -> None:
    """Prints what was seen, and how often."""
    for what, times in sorted(TABLE.items()):
        say(f"{times:4} {what}")


def cases(_is_all: bool) -> list:
    return [Llama(), Own()]

"""A real model server behind the bridge: that of llama.cpp, with a model of random weights (llama_server.py).

What the model writes means nothing, but templates, grammars of tools and schemas, the parser of calls, the
cache, the tokenizer, usage and errors are those that users of llama.cpp have.
"""

import json
from dataclasses import dataclass

from fleet import Fleet
from processes import Failure, say
from published import LLAMA, PYTHON

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


def report() -> None:
    """Prints what was seen, and how often."""
    for what, times in sorted(TABLE.items()):
        say(f"{times:4} {what}")


def cases(_is_all: bool) -> list:
    return [Llama()]

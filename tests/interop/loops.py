"""Two-turn tool loops, by every path to the service and in every mount of it.

In the first turn the model calls a tool. The tool result holds a new random word, which the
client's final text must contain. Models are listed and a batch is processed as well.
The requests that reach the server are counted, because a client hides a broken stream behind a
silent retry.
"""

import json
import secrets
from dataclasses import dataclass

from fleet import MOUNTS, PATHS, Fleet
from processes import Failure, tail
from published import LITELLM, MATRIX, NEWEST, NONE, Client


@dataclass(frozen=True)
class Loop:
    client: Client
    mode: str
    path: str
    mount: str

    def __str__(self) -> str:
        return f"{self.client.label} {self.mode} {self.path} {self.mount}"

    @property
    def clients(self) -> tuple[Client, ...]:
        return (self.client, LITELLM) if self.path == "litellm" else (self.client,)

    def run(self, fleet: Fleet) -> str:
        word = "word" + secrets.token_hex(6)
        server = fleet.upstream() if self.path == "bridge" else fleet.server(self.mount)
        env = fleet.entry(self.path, server)
        expected = self.client.requests(self.mode)
        if self.path == "litellm":
            is_mock = self.mode == "plain"
            env["INTEROP_MODEL"] = "mock" if is_mock else "through"
            expected = NONE if is_mock else expected
        if self.path == "bridge":
            expected = expected | {"count_tokens": 0}  # it counts them itself
        server.call("POST", "/reset")
        text = self.client.run(env, self.mode, word)
        seen = json.loads(server.call("GET", "/requests"))
        if word not in text:
            raise Failure(f"the final text does not hold {word}: {tail(text)}")
        if seen != expected:
            raise Failure(f"the server saw {seen}, not {expected}")
        return f"{seen['messages']} requests"


def cases(is_all: bool) -> list[Loop]:
    """Every client takes every path to `serve`. Without `--all`, only the newest ones also call the
    other mounts, directly."""
    return [
        Loop(client, mode, path, mount)
        for mount in MOUNTS
        for path in PATHS
        for client in MATRIX
        for mode in client.modes
        if path in client.paths(mode)
        if mount == "serve"
        or (path in ("direct", "gateway") if is_all else path == "direct" and client in NEWEST)
    ]

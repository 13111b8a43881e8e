"""The servers of a run, started when a case needs them."""

import secrets
import threading

from processes import Server
from published import LITELLM

MOUNTS = ("serve", "axum", "hyper")
PATHS = ("direct", "gateway", "litellm", "bridge", "facade")


class Fleet:
    def __init__(self, programs: dict):
        self.programs = programs
        keys = ("test-key-" + secrets.token_hex(8) for _ in range(3))
        self.key, self.gateway_key, self.upstream_key = keys
        self.started, self.locks, self.lock = {}, {}, threading.Lock()

    def __enter__(self) -> "Fleet":
        return self

    def __exit__(self, *_) -> None:
        for server in self.started.values():
            server.stop()

    def start(self, name: tuple, make):
        """Returns the server of this name, which `make` starts if it does not run."""
        with self.lock:
            lock = self.locks.setdefault(name, threading.Lock())
        with lock:
            if name not in self.started:
                self.started[name] = make()
            return self.started[name]

    def server(self, mount: str = "serve", use: str = "", **env: str) -> Server:
        """Returns an interop server. Each `use` has one of its own."""
        env = {"INTEROP_KEY": self.key, "INTEROP_MOUNT": mount} | env
        return self.start(
            (mount, use, *env.items()), lambda: Server(self.programs["interop_server"], env)
        )

    def host(self) -> dict[str, str]:
        """Starts the `host` example, and returns the environment of a client of it."""
        env = {"TENANTS": f"acme={self.key}"}
        server = self.start(("host",), lambda: Server(self.programs["host"], env))
        return {"ANTHROPIC_BASE_URL": server.url + "/api", "ANTHROPIC_API_KEY": self.key}

    def upstream(self, use: str = "") -> Server:
        """Returns a server of Chat Completions. Each `use` has one of its own."""
        return self.start(
            ("upstream", use),
            lambda: Server(self.programs["interop_openai_upstream"], {"INTEROP_KEY": self.upstream_key}),
        )

    def entry(self, path: str, server: Server, profile: str = "default") -> dict[str, str]:
        """Returns the environment of a client that reaches `server` by this path."""
        if path == "gateway":
            upstream = {"ANTHROPIC_BASE_URL": server.url, "ANTHROPIC_API_KEY": self.key}
            env = upstream | {"GATEWAY_KEY": self.gateway_key}
            entry = self.start((path, server), lambda: Server(self.programs["gateway"], env))
            key = self.gateway_key
        elif path == "bridge":
            env = {"UPSTREAM_URL": server.url + "/v1", "UPSTREAM_KEY": self.upstream_key,
                   "UPSTREAM_PROFILE": profile, "INTEROP_KEY": self.gateway_key}
            program = self.programs["interop_openai_bridge"]
            entry, key = self.start((path, server), lambda: Server(program, env)), self.gateway_key
        elif path == "facade":
            return {"OPENAI_BASE_URL": server.url + "/v1", "OPENAI_API_KEY": self.key}
        elif path == "litellm":
            entry, key = self.start((path, server), lambda: LITELLM.start(server, self.key)), LITELLM.KEY
        else:
            entry, key = server, self.key
        return {"ANTHROPIC_BASE_URL": entry.url, "ANTHROPIC_API_KEY": key}

    def errors(self) -> list[str]:
        """Returns what the servers have written to their logs."""
        servers = [server for server in self.started.values() if isinstance(server, Server)]
        return [f"{server.process.args[0]} said: {server.errors()}" for server in servers]

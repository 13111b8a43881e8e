"""Rejected requests with large bodies: every call must see its status, not a lost connection.

The clients make one attempt for each call, since another would hide the loss of the first.
"""

import json
import socket
import tempfile
import time
import urllib.parse
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from fleet import Fleet
from processes import Failure, output, say
from published import PYTHON, TYPESCRIPT, Client

CALLS = 20
STATUSES = (401, 404, 413)
LIMIT = {"INTEROP_MAX_BODY_BYTES": str(512 * 1024)}

TABLE: dict[tuple, dict[str, str]] = {}  # how many calls saw their status, by status and size


class Curl:
    """Sends requests in HTTP/2."""

    label = "curl-http2"

    def script(self, _name: str, env: dict[str, str], rows: str, limit: float) -> str:
        lines = []
        with tempfile.TemporaryDirectory(prefix="interop-curl-") as folder:
            body = Path(folder) / "body"
            for status, mib, calls in json.loads(rows):
                messages = [{"role": "user", "content": "x" * (mib << 20)}]
                body.write_text(json.dumps({"model": "m", "max_tokens": 1, "messages": messages}))
                url = env["ANTHROPIC_BASE_URL"] + ("/v1/nowhere" if status == 404 else "/v1/messages")
                key = "wrong" if status == 401 else env["ANTHROPIC_API_KEY"]
                command = ["curl", "--http2-prior-knowledge", "--silent", "--max-time", "60",
                           "--header", f"x-api-key: {key}", "--data-binary", f"@{body}", "--output", "/dev/null",
                           "--write-out", "%{http_version} %{http_code} %{exitcode}", url]
                outcomes = [output(command, {}, codes=range(100)) for _ in range(calls)]
                seen = Counter(str(status) if found == f"2 {status} 0" else found for found in outcomes)
                lines.append(json.dumps({"status": status, "mib": mib, "calls": calls, "seen": seen}))
        return "\n".join(lines)


@dataclass(frozen=True)
class Refusals:
    """All statuses and sizes, with one client."""

    client: Client | Curl
    path: str
    sizes: tuple[int, ...]

    def __str__(self) -> str:
        return f"refusals {self.client.label} {self.path}"

    @property
    def clients(self) -> tuple[Client, ...]:
        return () if isinstance(self.client, Curl) else (self.client,)

    def run(self, fleet: Fleet) -> str:
        # Of what goes through the gateway, it rejects strangers and wrong paths itself, and the server behind
        # it rejects what is too large.
        env = fleet.entry(self.path, fleet.server(use="limited", **LIMIT))
        rows = [[status, mib, CALLS] for status in STATUSES for mib in self.sizes]
        lines = self.client.script("refusals", env, json.dumps(rows), limit=500)
        results = [json.loads(line) for line in lines.splitlines()]
        problems, arrived = [], 0
        for result in results:
            status, calls = result["status"], result["calls"]
            seen = result["seen"].get(str(status), 0)
            arrived += seen
            row = TABLE.setdefault((status, result["mib"]), {})
            row[f"{self.client.label} {self.path}"] = f"{seen} of {calls}"
            if seen < calls:
                problems.append(f"{status} at {result['mib']} MiB: {result['seen']}")
        if problems or len(results) < len(rows):
            raise Failure("; ".join(problems) or "rows are missing")
        return f"{arrived} of {len(rows) * CALLS} arrived"


@dataclass(frozen=True)
class Drip:
    """A body of which a byte arrives now and then. It is given up in time, with an error."""

    status: int
    path: str = "direct"
    clients: tuple = ()

    PAUSE = 0.25  # seconds
    MOST = 160  # bytes that the server may wait for; its limit is 4 s, and that of the gateway 30 s

    def __str__(self) -> str:
        return f"refusals drip {self.status} {self.path}"

    def run(self, fleet: Fleet) -> str:
        env = fleet.entry(self.path, fleet.server(use="limited", **LIMIT))
        key = "wrong" if self.status == 401 else env["ANTHROPIC_API_KEY"]
        path = "/v1/nowhere" if self.status == 404 else "/v1/messages"
        length = 10 << 20 if self.status == 413 else 1000
        address = urllib.parse.urlsplit(env["ANTHROPIC_BASE_URL"])
        with socket.create_connection((address.hostname, address.port)) as caller:
            head = f"POST {path} HTTP/1.1\r\nhost: x\r\nx-api-key: {key}\r\ncontent-length: {length}\r\n\r\n"
            caller.sendall(head.encode())
            caller.settimeout(self.PAUSE)
            for sent in range(self.MOST):
                try:
                    response = caller.recv(4096)
                except TimeoutError:
                    caller.sendall(b" ")
                    continue
                if not response.startswith(f"HTTP/1.1 {self.status} ".encode()):
                    raise Failure(f"after {sent} bytes: {response!r}")
                return f"after {sent} bytes, one every {self.PAUSE} s"
        raise Failure(f"no response to {self.MOST} bytes")


def report() -> None:
    """Prints how many calls have seen their status."""
    if not TABLE:
        return
    columns = sorted({column for row in TABLE.values() for column in row})
    say(f"| status, MiB | {' | '.join(columns)} |\n|{'---|' * (len(columns) + 1)}")
    for (status, mib), row in TABLE.items():
        say(f"| {status}, {mib} | {' | '.join(row.get(column, '') for column in columns)} |")


def cases(is_all: bool) -> list:
    """Without `--all`, no body is larger than 8 MiB."""
    sizes = (1, 8, 30) if is_all else (1, 8)
    callers = (PYTHON, TYPESCRIPT, Curl())
    cases = [Refusals(client, path, sizes) for path in ("direct", "gateway") for client in callers]
    cases += [Drip(status) for status in (401, 404, 408, 413)]
    return cases + [Drip(status, "gateway") for status in (401, 404, 408) if is_all]

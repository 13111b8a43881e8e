"""Handlers that go wrong (faults.rs), and what clients make of them.

The handler of a row goes wrong whenever it is called. A client must then end with an error, or with
the whole message if the server has repaired what the handler did, or with a part that it reports as such.
It must not ask for ever, and must not run a call without the whole input.
"""

import json
import secrets
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from fleet import MOUNTS, Fleet
from processes import Failure, say
from published import CLAUDE_CODE, PYTHON, TYPESCRIPT, ClaudeCode, Client

PARALLEL = 9  # the clients mostly wait before they try again

# How often the server may be asked for a row. The SDKs try thrice, and what is between forwards each request
# once. Claude Code tries thrice, then without a stream, and without each of its beta features if the request was
# invalid.
MAX_REQUESTS = {"direct": 3, "gateway": 3, "bridge": 3, "facade": 3, "agent": 12}

# What Claude Code is asked for unless the whole matrix is run: one row of each kind.
FEW = (
    "none", "error-first-overloaded", "error-mid-overloaded", "end-mid", "end-before-message-stop", "panic-mid",
    "silent-first", "overlap", "no-message-delta", "no-stop-reason", "unknown-stop-reason", "unknown-event",
    "empty-text", "stop-max_tokens", "stop-refusal", "tool", "tool-end", "tool-unclosed", "tool-input-in-start",
    "tool-cut", "tool-cut-max_tokens", "thinking-nosig",
    # and of the upstream of a bridge
    "400-context", "429", "503", "error-mid", "cut-mid", "done-at-once", "no-done", "tool-no-index",
)

# What Claude Code has to make of a row, where that is not what an SDK has to make of a stream.
AGENT = {
    # It goes on three times and then gives up, and asks another model after a refusal.
    "stop-max_tokens": "error", "stop-context": "error", "stop-refusal": "other model",
    # It does not run what is no input for the tool, and says so to the model.
    "tool-no-delta": "failed call", "tool-badjson": "failed call", "tool-cut-max_tokens": "failed call",
    "tool-cut-text-after": "failed call",
}

# What the facade calls the outcomes. Its protocol has no word for a turn that is to be continued.
FINISH_REASONS = {"max_tokens": "length", "model_context_window_exceeded": "length", "refusal": "content_filter",
                  "pause_turn": "part", "brand_new": "whole"}

TABLE: dict[str, dict[str, str]] = {}  # what each client has made of each row


@dataclass(frozen=True)
class Faults:
    """All rows, with one client."""

    client: Client
    path: str
    mount: str
    is_all: bool

    def __str__(self) -> str:
        return f"faults {self.client.label} {self.path} {self.mount}"

    @property
    def clients(self) -> tuple[Client, ...]:
        return (self.client,)

    def run(self, fleet: Fleet) -> str:
        if self.path == "bridge":
            server = fleet.upstream(use=str(self))
        else:
            server = fleet.server(self.mount, use=str(self))
        env = fleet.entry(self.path, server)
        rows = json.loads(server.call("GET", "/faults"))
        word = "word" + secrets.token_hex(6)
        if isinstance(self.client, ClaudeCode):
            rows = [row for row in rows if self.is_all or row["name"] in FEW]
            with ThreadPoolExecutor(3) as pool:
                results = list(pool.map(lambda row: self.ask_agent(env, word, row), rows))
        else:
            results = self.ask_sdk(env, word, rows)
        rows = {row["name"]: row for row in json.loads(server.call("GET", "/faults"))}
        problems, most = [], 0
        where = self.path if self.mount in ("serve", self.path) else f"{self.path} {self.mount}"
        for result in results:
            row = rows[result["name"]]
            count, text = requests(row, result["mode"])
            most = max(most, count)
            found, expected = outcome(result, word), self.expected(row, result["mode"])
            column = f"{self.client.name.removeprefix('anthropic-')} {result['mode']} {where}"
            TABLE.setdefault(row["name"], {})[column] = f"{'' if found == expected else 'WRONG '}{found} {text}"
            if found != expected:
                problems.append(f"{row['name']} {result['mode']}: expected {expected}, got {found}: {result}")
            if not 0 < count <= MAX_REQUESTS["agent" if result["mode"] == "print" else self.path]:
                problems.append(f"{row['name']} {result['mode']}: {count} requests: {result}")
        if len(results) < 2 * len(rows) and not isinstance(self.client, ClaudeCode):
            problems.append("rows are missing")
        if problems:
            raise Failure("\n     ".join(problems))
        return f"{len(results)} rows, at most {most} requests for one"

    def expected(self, row: dict, mode: str) -> str:
        """Returns what the client has to make of the row."""
        if mode == "print":
            return AGENT.get(row["name"], row["stream"])
        return FINISH_REASONS.get(row[mode], row[mode]) if self.path == "facade" else row[mode]

    def ask_sdk(self, env: dict[str, str], word: str, rows: list[dict]) -> list[dict]:
        rows = json.dumps([{"name": row["name"], "calls": row["calls"]} for row in rows])
        script = "chat_faults" if self.path == "facade" else "faults"
        lines = self.client.script(script, env, word, rows, '["create", "stream"]', limit=400)
        return [json.loads(line) for line in lines.splitlines()]

    def ask_agent(self, env: dict[str, str], word: str, row: dict) -> dict:
        prompt = "Read the file {} and say what it says." if row["calls"] else f"Say {word}."
        result = {"name": row["name"], "mode": "print"}
        env = env | {"CLAUDE_CODE_MAX_RETRIES": "2"}
        try:
            report = self.client.print(env, word, prompt, "--model", f"fault-{row['name']}", codes=(0, 1))
        except Failure as failure:  # it does not end
            return result | {"crash": str(failure)}
        if report["is_error"]:
            return result | {"error": json.dumps(report)}
        return result | {"text": report["result"], "stop_reason": report["stop_reason"]}


def outcome(result: dict, word: str) -> str:
    """Returns what the client has made of a row, in the words of faults.rs if a client may make that of any."""
    if "text" not in result:
        return "crash" if "crash" in result else "error"
    is_whole, inputs = f"The word is {word}." in result["text"], result.get("inputs", [])
    if result["text"] == "The word is none.":
        return "failed call"
    if result["text"].startswith("The tool said: "):
        return "other model"
    if any(given not in ({}, {"topic": "Use"}) for given in inputs):
        return "bad input"
    if result["stop_reason"] not in ("end_turn", "stop"):
        return result["stop_reason"] or "no stop reason"
    if {} in inputs:
        return "no input" if is_whole else "bad input"
    return "whole" if is_whole else "part" if result["text"] else "empty"


def requests(row: dict, mode: str) -> tuple[int, str]:
    """Returns the number of requests in a mode, and says which: S for streams, N for others."""
    whole, streamed = row["requests"]
    if mode == "print":
        return whole + streamed, f"S{streamed} N{whole}"
    return (whole, f"N{whole}") if mode == "create" else (streamed, f"S{streamed}")


def report() -> None:
    """Prints what each client has made of each row."""
    columns = sorted({column for row in TABLE.values() for column in row})
    say(f"| {'row':24} | {' | '.join(columns)} |\n|{'---|' * (len(columns) + 1)}")
    for name, row in TABLE.items():
        say(f"| {name:24} | {' | '.join(row.get(column, '').ljust(len(column)) for column in columns)} |")


def cases(is_all: bool) -> list[Faults]:
    """Without `--all`, only the TypeScript SDK goes through the gateway and calls the other mounts, as it starts
    fastest, and the Python SDK not through the bridge."""
    clients = [(PYTHON, "direct"), (TYPESCRIPT, "direct"), (CLAUDE_CODE, "direct"), (TYPESCRIPT, "gateway"),
               (TYPESCRIPT, "bridge"), (CLAUDE_CODE, "bridge")]
    if is_all:
        clients += [(PYTHON, "gateway"), (CLAUDE_CODE, "gateway"), (PYTHON, "bridge")]
    served = [Faults(client, path, "serve", is_all) for client, path in clients]
    others = (PYTHON, TYPESCRIPT, CLAUDE_CODE) if is_all else (TYPESCRIPT,)
    return served + [Faults(client, "direct", mount, is_all) for mount in MOUNTS[1:] for client in others]

"""Handlers that go wrong (faults.rs), and what clients make of them.

The handler of a row goes wrong whenever it is called. A client must then end with an error, or with
the whole message if the server has repaired what the handler did, and must not ask for ever.
"""

import json
import secrets
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from fleet import Fleet
from processes import Failure, say, tail
from published import CLAUDE_CODE, PYTHON, TYPESCRIPT, ClaudeCode, Client

PARALLEL = 7  # the clients mostly wait before they try again

# How often the server may be asked for a row. The SDKs try thrice, and so does the gateway. Claude Code
# tries thrice, then without a stream, and without each of its beta features if the request was invalid.
MAX_REQUESTS = {"direct": 3, "gateway": 9, "bridge": 3, "facade": 3, "agent": 12}

# What Claude Code is asked for unless the whole matrix is run: one row of each kind.
FEW = (
    "none", "error-first-overloaded", "error-mid-overloaded", "end-mid", "panic-mid", "silent-first",
    "overlap", "no-message-delta", "no-stop-reason", "unknown-stop-reason", "unknown-event", "tool",
    "tool-end", "tool-unclosed", "tool-input-in-start",
    # and of the upstream of a bridge
    "400-context", "429", "503", "error-mid", "cut-mid", "done-at-once", "no-done", "tool-no-index", "tool-cut",
)

TABLE: dict[str, dict[str, str]] = {}  # what each client has made of each row


@dataclass(frozen=True)
class Faults:
    """All rows, with one client."""

    client: Client
    path: str
    is_all: bool

    def __str__(self) -> str:
        return f"faults {self.client.label} {self.path}"

    @property
    def clients(self) -> tuple[Client, ...]:
        return (self.client,)

    def run(self, fleet: Fleet) -> str:
        if self.path == "bridge":
            server = fleet.upstream(use=str(self))
        else:
            server = fleet.server("facade" if self.path == "facade" else "serve", use=str(self))
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
        for result in results:
            row = rows[result["name"]]
            count, text = requests(row, result["mode"])
            most = max(most, count)
            problem = self.judge(result, row, count, word)
            column = f"{self.client.name.removeprefix('anthropic-')} {result['mode']} {self.path}"
            outcome = "WRONG" if problem else "whole" if "text" in result else "error"
            TABLE.setdefault(row["name"], {})[column] = f"{outcome} {text}"
            if problem:
                problems.append(f"{row['name']} {result['mode']}: {problem}")
        if len(results) < len(rows) and not isinstance(self.client, ClaudeCode):
            problems.append("rows are missing")
        if problems:
            raise Failure("\n     ".join(problems))
        return f"{len(results)} rows, at most {most} requests for one"

    def judge(self, result: dict, row: dict, count: int, word: str) -> str | None:
        """Returns what is wrong with the result, if anything."""
        text = result.get("text")
        if not 0 < count <= MAX_REQUESTS["agent" if result["mode"] == "print" else self.path]:
            return f"{count} requests: {result}"
        if "crash" in result:
            return result["crash"]
        is_whole = text is not None and f"The word is {word}." in text
        if result["mode"] == "print":
            # Claude Code asks again without a stream, and needs no `message_stop`. It must not be content
            # with less than the whole text.
            if not is_whole and (text is not None or row["stream"] == "whole"):
                return f"not the whole message: {result}"
        elif is_whole != (row[result["mode"]] == "whole"):
            return f"expected {row[result['mode']]}, but got {result}"
        return None

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
        return result | {"text": report["result"]}


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
    """Without `--all`, only the TypeScript SDK goes through the gateway too, as it starts fastest, and the
    Python SDK not through the bridge."""
    clients = [(PYTHON, "direct"), (TYPESCRIPT, "direct"), (CLAUDE_CODE, "direct"), (TYPESCRIPT, "gateway"),
               (TYPESCRIPT, "bridge"), (CLAUDE_CODE, "bridge")]
    if is_all:
        clients += [(PYTHON, "gateway"), (CLAUDE_CODE, "gateway"), (PYTHON, "bridge")]
    return [Faults(client, path, is_all) for client, path in clients]

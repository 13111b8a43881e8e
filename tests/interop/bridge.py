"""The bridge, in front of a server of Chat Completions that follows a script (openai_upstream.rs).

The tool loops and faults that the clients meet everywhere are in loops.py and faults.py. These cases are what
there is to a bridge alone: how it names errors, calls at once, structured output, counts and models, and what
Claude Code asks of a model with another protocol. What has reached the upstream is looked at to the letter.
"""

import json
import secrets
from dataclasses import dataclass

from fleet import Fleet
from processes import Failure, tail
from published import CLAUDE_CODE, PYTHON, TYPESCRIPT, Client

PARALLEL = 3

# What the SDKs must see of each status of the upstream: status, type and `x-should-retry`.
STATUSES = {
    "400": "400 invalid_request_error ",
    "400-context": "400 invalid_request_error ",
    "401": "500 api_error false",
    "402": "402 billing_error false",
    "403": "403 permission_error ",
    "404": "404 not_found_error ",
    "408": "504 timeout_error ",
    "409": "409 invalid_request_error ",
    "413": "413 request_too_large ",
    "422": "400 invalid_request_error ",
    "429": "429 rate_limit_error ",
    "429-quota": "402 billing_error false",
    "500": "500 api_error ",
    "502-html": "502 api_error ",
    "503": "529 overloaded_error ",
    "504": "504 timeout_error ",
    "529": "529 overloaded_error ",
}


@dataclass(frozen=True)
class Sdk:
    """All checks of the scripts `bridge`, with one SDK."""

    client: Client
    path = "bridge"

    def __str__(self) -> str:
        return f"bridge {self.client.label}"

    @property
    def clients(self) -> tuple[Client, ...]:
        return (self.client,)

    def run(self, fleet: Fleet) -> str:
        word = "word" + secrets.token_hex(6)
        upstream = fleet.upstream(use=str(self))
        statuses = " ".join(STATUSES)
        found = json.loads(self.client.script("bridge", fleet.entry("bridge", upstream), word, statuses))
        text = f"Hello. The word is {word}. end_turn gpt-script 234/1000/6 msg_"
        both = f"Use lookup | The tool said: {word}0 {word}1"
        expected = {"whole": text, "streamed": text, "both": both, "both, streamed": both, "parse": word,
                    "count": "True", "models": "gpt-script org/model:free | org/model:free",
                    "no model": "404 not_found_error ", "wrong key": "401 authentication_error false"}
        for status, outcome in STATUSES.items():
            expected |= {status: outcome, f"{status}, streamed": outcome}
        wrong = {name: found.get(name) for name in expected if found.get(name) != expected[name]}
        if wrong or found.keys() != expected.keys():
            raise Failure(f"it saw {json.dumps(wrong or found)}")
        check_secrets(seen(upstream))
        return f"{len(found)} checks"


@dataclass(frozen=True)
class Kinds:
    """All kinds of responses that the tests of the bridge know, with one SDK."""

    client: Client
    path = "bridge"

    def __str__(self) -> str:
        return f"bridge kinds {self.client.label}"

    @property
    def clients(self) -> tuple[Client, ...]:
        return (self.client,)

    def run(self, fleet: Fleet) -> str:
        upstream = fleet.upstream(use=str(self))
        kinds = {kind["name"]: kind for kind in json.loads(upstream.call("GET", "/kinds"))}
        rows = [{"name": name, "mode": mode, "request": kind["request"]}
                for name, kind in kinds.items() for mode in ("create", "stream") if kind[mode] is not None]
        lines = self.client.script("kinds", fleet.entry("bridge", upstream), json.dumps(rows)).splitlines()
        problems = []
        for result in map(json.loads, lines):
            if problem := self.judge(result["found"], kinds[result["name"]][result["mode"]]):
                problems.append(f"{result['name']} {result['mode']}: {problem}")
        if len(lines) < len(rows):
            problems.append("rows are missing")
        if problems:
            raise Failure("\n     ".join(problems))
        if (requests := len(seen(upstream))) != len(rows):
            raise Failure(f"{requests} requests for {len(rows)} rows")
        return f"{len(rows)} responses of {len(kinds)} kinds, a request for each"

    @staticmethod
    def judge(found: dict | str, expected: dict | str) -> str | None:
        """Returns what is wrong with what the SDK has made of a response, if anything."""
        if isinstance(found, str) or isinstance(expected, str):
            return None if found == expected else f"{found} instead of {expected}"
        usage = [found["usage"][name] for name in ("input_tokens", "cache_read_input_tokens",
                                                   "cache_creation_input_tokens", "output_tokens")]
        same = [found["stop_reason"], found["stop_sequence"], usage if expected["usage"] else None]
        if same != [expected[name] for name in ("stop_reason", "stop_sequence", "usage")]:
            return f"{same} instead of {expected}"
        blocks = [dict(block) for block in found["content"]]
        if len(blocks) != len(expected["content"]):
            return f"{blocks} instead of {expected['content']}"
        for block, wanted in zip(blocks, expected["content"]):
            known = {name: value for name, value in wanted.items() if value is not None}
            if expected["stop_reason"] == "max_tokens":
                known.pop("input", None)  # what an SDK makes of half an input is its own affair
            if {name: block.get(name) for name in known} != known:
                return f"{block} instead of {known}"
        return None


@dataclass(frozen=True)
class Agent:
    """Claude Code, doing one thing with a model."""

    use: str
    model: str
    path = "bridge"
    clients = (CLAUDE_CODE,)

    def __str__(self) -> str:
        return f"bridge {CLAUDE_CODE.label} {self.use} {self.model}"

    def run(self, fleet: Fleet) -> str:
        upstream = fleet.upstream(use=str(self))
        env = fleet.entry("bridge", upstream)
        outcome = getattr(self, self.use)(env, upstream)
        check_secrets(seen(upstream))
        return outcome

    def session(self, env: dict[str, str], upstream) -> str:
        """Two prompts, each with two calls at once. The upstream can serve each request from its cache, since
        it begins with the one before."""
        words, prompts = ["word" + secrets.token_hex(6) for _ in range(2)], "Read the files {} and say what they say."
        reports = CLAUDE_CODE.prompts(env, words, [prompts] * 2, "--model", self.model)
        for report in reports:
            if not all(word in report["result"] for word in words):
                raise Failure(f"not both words: {report}")
        requests = seen(upstream)
        if len(requests) != 4:
            raise Failure(f"{len(requests)} requests: {[tail(body, 200) for body, _ in requests]}")
        for number, ((before, _), (after, _)) in enumerate(zip(requests, requests[1:])):
            check_prefix(number, before, after)
        kib = sum(len(body) for body, _ in requests) >> 10
        return f"4 requests of {kib} KiB, each the beginning of the next"

    def compaction(self, env: dict[str, str], upstream) -> str:
        """The request with the results of tools is too long, so the conversation is summarized."""
        word = "word" + secrets.token_hex(6)
        report = CLAUDE_CODE.print(env, word, "Read the file {} and say what it says.", "--model", self.model)
        if report["result"] != f"The summary said: {word}":
            raise Failure(f"not compacted: {report}")
        return f"{len(seen(upstream))} requests"

    def context(self, env: dict[str, str], upstream) -> str:
        """What its `/context` shows of tokens, which it has the bridge count."""
        report = CLAUDE_CODE.print(env, "none", "/context", "--model", self.model)
        counts = [part for part in report["result"].split("|") if part.strip().rstrip("k").replace(".", "").isdigit()]
        if report["is_error"] or "System tools" not in report["result"] or not counts:
            raise Failure(f"no counts: {report}")
        if seen(upstream):
            raise Failure("it asked for messages")
        return f"{len(counts)} counts"


    def models(self, env: dict[str, str], upstream) -> str:
        """It looks for the models of its server, and uses one whose name it does not know."""
        env = env | {"CLAUDE_CODE_ENABLE_GATEWAY_MODEL_DISCOVERY": "1"}
        word = "word" + secrets.token_hex(6)
        report = CLAUDE_CODE.print(env, word, f"Say {word}.", "--model", self.model)
        if word not in report["result"]:
            raise Failure(f"no word: {report}")
        if (times := upstream.call("GET", "/listed")) != b"1":
            raise Failure(f"models were listed {times} times")
        return "models listed once"


def seen(upstream) -> list[tuple[str, list[str]]]:
    """Returns the bodies of the requests for completions, and the names of their headers."""
    return [(request["body"], request["headers"]) for request in json.loads(upstream.call("GET", "/seen"))]


def check_secrets(requests: list[tuple[str, list[str]]]) -> None:
    """Checks that nothing leaves the bridge that is between it and its callers."""
    for body, headers in requests:
        if "billing-header" in body:
            raise Failure(f"the billing header was sent: {tail(body)}")
        if alien := [name for name in headers if name.startswith(("anthropic", "x-"))]:
            raise Failure(f"headers were sent: {alien}")


def check_prefix(number: int, before: str, after: str) -> None:
    """Checks that the messages of a request are the beginning of those of the next, and all else is the same."""
    (start, middle, end), (next_start, next_middle, next_end) = split(before), split(after)
    if (start, end) != (next_start, next_end):
        raise Failure(f"requests {number} and {number + 1} differ: {difference(start + end, next_start + next_end)}")
    if not next_middle.startswith(middle + ","):
        raise Failure(f"messages of {number} and {number + 1} differ: {difference(middle, next_middle)}")


def split(body: str) -> tuple[str, str, str]:
    """Returns what comes before the messages, the messages without brackets, and what follows."""
    at = body.index('"messages":[') + len('"messages":[')
    end = json.JSONDecoder().raw_decode(body, at - 1)[1]
    return body[:at], body[at:end - 1], body[end - 1:]


def difference(one: str, other: str) -> str:
    at = next((at for at, pair in enumerate(zip(one, other)) if pair[0] != pair[1]), min(len(one), len(other)))
    return f"at byte {at} of {len(one)}: {one[max(0, at - 80):at + 120]!r} and {other[max(0, at - 80):at + 120]!r}"


def cases(_is_all: bool) -> list:
    uses = (("session", "claude-opus-5-5"), ("session", "claude-sonnet-4-6"), ("session", "gpt-script"),
            ("compaction", "too-long"), ("context", "gpt-script"), ("models", "org/model:free"))
    sdks = [kind(client) for kind in (Sdk, Kinds) for client in (PYTHON, TYPESCRIPT)]
    return sdks + [Agent(*use) for use in uses]

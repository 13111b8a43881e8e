"""The published clients, and the client of this crate."""

import json
import secrets
import shutil
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from processes import CLIENT_LIMIT, Failure, Server, Started, free_port, install, output, say

HERE = Path(__file__).resolve().parent
CLIENTS = HERE / ".clients"

NONE = {"messages": 0, "count_tokens": 0}
LOOP = {"messages": 2, "count_tokens": 0}  # the requests of a two-turn loop
BATCH = {"messages": 1, "count_tokens": 0}  # those of a batch with one request
SDK_MODES = ("create", "stream", "resources")


@dataclass(frozen=True)
class Client:
    """A published client, installed into a folder of its own."""

    name: str
    package: str
    version: str
    modes: tuple[str, ...] = ("create", "stream")
    extras: tuple[str, ...] = ()  # packages beside it

    @property
    def label(self) -> str:
        return f"{self.name}-{self.version}"

    @property
    def folder(self) -> Path:
        return CLIENTS / self.label

    def install(self) -> None:
        done = self.folder / ".installed"
        if done.exists():
            return
        started = time.monotonic()
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        self.fetch()
        done.touch()
        say(f"installed {self.label} in {time.monotonic() - started:.0f} s")

    def fetch(self) -> None:
        install(
            ["npm", "install", "--prefix", self.folder, "--no-audit", "--no-fund",
             "--no-package-lock", "--no-update-notifier", "--ignore-scripts",
             f"{self.package}@{self.version}", *self.extras]
        )

    def paths(self, mode: str) -> tuple[str, ...]:
        """The ways to the interop server that the client takes. Behind the bridge there are no batches."""
        return ("direct", "gateway") + (() if mode == "resources" else ("bridge",))

    def requests(self, mode: str) -> dict[str, int]:
        """The requests that reach the interop server."""
        return BATCH if mode == "resources" else LOOP

    def run(self, env: dict[str, str], mode: str, word: str) -> str:
        """Runs one two-turn loop and returns the final text."""
        raise NotImplementedError


class PythonSdk(Client):
    def fetch(self) -> None:
        install([sys.executable, "-m", "venv", self.folder])
        install(
            [self.folder / "bin/python", "-m", "pip", "install", "--quiet",
             "--disable-pip-version-check", f"{self.package}=={self.version}", *self.extras]
        )

    def run(self, env: dict[str, str], mode: str, word: str) -> str:
        return self.script("sdk", env, mode, word)

    def script(self, name: str, env: dict[str, str], *arguments: str, limit: float = CLIENT_LIMIT) -> str:
        """Runs the script of this name, which exists in both languages."""
        python = self.folder / "bin/python"
        return output([python, "-I", HERE / f"clients/{name}.py", *arguments], env, limit=limit)


class TypeScriptSdk(Client):
    def run(self, env: dict[str, str], mode: str, word: str) -> str:
        return self.script("sdk", env, mode, word)

    def script(self, name: str, env: dict[str, str], *arguments: str, limit: float = CLIENT_LIMIT) -> str:
        """Runs the script of this name, which exists in both languages."""
        node = shutil.which("node") or "node"
        env = env | {"SDK_DIR": str(self.folder)}
        return output([node, HERE / f"clients/{name}.mjs", *arguments], env, limit=limit)


class ClaudeCode(Client):
    """The coding agent in print mode. It always streams, and its tool is a real
    one that reads a file with the word."""

    QUIET = (
        "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC",
        "DISABLE_AUTOUPDATER",
        "DISABLE_ERROR_REPORTING",
        "DISABLE_TELEMETRY",
    )

    def program(self) -> Path:
        found = sorted(self.folder.glob("node_modules/@anthropic-ai/claude-code-*/claude"))
        if not found:
            raise Failure(f"{self.label}: no native program for this platform")
        return found[0]

    def run(self, env: dict[str, str], mode: str, word: str) -> str:
        report = self.print(env, word, "Read the file {} and say what it says.")
        if report.get("is_error"):
            raise Failure(f"the client reports an error: {report}")
        return report["result"]

    def print(self, env: dict[str, str], word: str, prompt: str, *arguments: str, codes=(0,)) -> dict:
        """Returns its report on a prompt, which may contain `{}` for a file with the word."""
        return self.prompts(env, [word], [prompt], *arguments, codes=codes)[0]

    def prompts(
        self, env: dict[str, str], words: list[str], prompts: list[str], *arguments: str, codes=(0,)
    ) -> list[dict]:
        """Returns its reports on the prompts of one session, which may contain `{}` for files with the words."""
        reports = []
        with tempfile.TemporaryDirectory(prefix="interop-work-") as work, \
                tempfile.TemporaryDirectory(prefix="interop-home-") as home:
            files = [Path(work) / f"{name}.txt" for name, _ in zip("abc", words)]
            for file, word in zip(files, words):
                file.write_text(word + "\n")
            for prompt in prompts:
                stdout = output(
                    [self.program(), "-p", prompt.format(" and ".join(map(str, files))), *arguments,
                     *(["--continue"] if reports else []),
                     "--output-format", "json", "--allowedTools", "Read", "Bash", "Write"],
                    env | dict.fromkeys(self.QUIET, "1") | {"HOME": home},
                    cwd=work,
                    codes=codes,
                )
                reports.append(json.loads(stdout))
        return reports


class OurClient(Client):
    """The client of this crate, an example."""

    program: Path | None = None  # once it is built

    def install(self) -> None:
        pass

    def paths(self, mode: str) -> tuple[str, ...]:
        """Neither Chat Completions nor litellm's Messages API has batches."""
        return ("direct", "gateway") + (() if mode == "batches" else ("bridge", "litellm"))

    def requests(self, mode: str) -> dict[str, int]:
        return {"count": LOOP | {"count_tokens": 2}, "models": NONE, "batches": BATCH}.get(mode, LOOP)

    def run(self, env: dict[str, str], mode: str, word: str) -> str:
        return output([OurClient.program, mode, word], env)


class Litellm(PythonSdk):
    """The gateway of the Python package litellm, which is a server of its own here."""

    KEY = "sk-" + secrets.token_hex(8)

    def start(self, upstream: Server, key: str) -> Started:
        """Starts it with a model that is a mock, and one that is `upstream`."""
        config = self.folder / "config.json"
        models = {
            "mock": {"model": "openai/mock", "api_key": "none", "mock_response": "Hello there"},
            "through": {"model": "anthropic/claude-sonnet-4-6", "api_base": upstream.url, "api_key": key},
        }
        entries = [{"model_name": name, "litellm_params": params} for name, params in models.items()]
        config.write_text(json.dumps({"model_list": entries, "general_settings": {"master_key": self.KEY}}))
        port = free_port()
        env = {"PATH": f"{self.folder}/bin:/usr/bin:/bin", "HOME": str(self.folder),
               "LITELLM_LOCAL_MODEL_COST_MAP": "True", "LITELLM_MODE": "PRODUCTION"}
        command = [self.folder / "bin/litellm", "--config", config, "--host", "127.0.0.1", "--port", port]
        return Started(command, env, f"http://127.0.0.1:{port}", "/health/liveliness")


class Llama(PythonSdk):
    """The server of llama.cpp, which the package xllamacpp holds."""

    def start(self) -> Server:
        folder = self.folder / "model"
        folder.mkdir(exist_ok=True)
        return Server(self.folder / "bin/python", {}, "-I", str(HERE / "llama_server.py"), str(folder))


LITELLM = Litellm("litellm", "litellm[proxy]", "1.108.7")

PYTHON = PythonSdk("anthropic-py", "anthropic", "2.12.0", SDK_MODES)
TYPESCRIPT = TypeScriptSdk("anthropic-ts", "@anthropic-ai/sdk", "1.12.0", SDK_MODES)
CLAUDE_CODE = ClaudeCode("claude-code", "@anthropic-ai/claude-code", "2.1.330", ("print",))
NEWEST = (PYTHON, TYPESCRIPT, CLAUDE_CODE)

LLAMA = Llama("llama", "xllamacpp", "2026.10.11549", extras=("gguf==0.19.0",))

OPENAI_PYTHON = PythonSdk("openai-py", "openai", "3.57.0")
OPENAI_TYPESCRIPT = TypeScriptSdk("openai-ts", "openai", "7.57.0", extras=("zod@4",))

MATRIX = (
    OurClient("messages-api", "messages-api", "here", ("create", "stream", "count", "plain", "models", "batches")),
    PYTHON,
    PythonSdk("anthropic-py", "anthropic", "0.125.0", SDK_MODES),
    TYPESCRIPT,
    TypeScriptSdk("anthropic-ts", "@anthropic-ai/sdk", "0.137.0", SDK_MODES),
    CLAUDE_CODE,
)

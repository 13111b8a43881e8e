"""The processes of a run: clients, which end, and servers, which are stopped."""

import json
import os
import queue
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from pathlib import Path

REPO = Path(__file__).resolve().parent.parent.parent

BUILD_LIMIT = 1800  # seconds: a cold build on a small machine
INSTALL_LIMIT = 600
START_LIMIT = 20
CLIENT_LIMIT = 90


class Failure(Exception):
    """The reason why a case failed, or why no case could run."""


RUNNING: set[subprocess.Popen] = set()  # the clients, which several threads run
STOPPED = threading.Event()  # no client is started any more


def say(text: str) -> None:
    sys.stdout.write(text + "\n")  # at once, since several threads write
    sys.stdout.flush()


def stop_all() -> None:
    """Kills the clients, so that the threads that wait for them end."""
    STOPPED.set()
    for process in list(RUNNING):
        end(process)


def tail(text: str, size: int = 600) -> str:
    return " ".join(text.split())[-size:]


def end(process: subprocess.Popen) -> None:
    """Kills a process and the processes that it has started."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def finish(command: list, limit: float, **options) -> subprocess.CompletedProcess:
    """Runs a command in a process group of its own, without standard input."""
    if STOPPED.is_set():
        raise Failure("stopped")
    process = subprocess.Popen(
        [str(part) for part in command],
        stdin=subprocess.DEVNULL, text=True, start_new_session=True, **options,
    )
    RUNNING.add(process)
    try:
        stdout, stderr = process.communicate(timeout=limit)
    except subprocess.TimeoutExpired:
        raise Failure(f"no end after {limit:.0f} s") from None
    finally:
        end(process)
        RUNNING.discard(process)
    return subprocess.CompletedProcess(command, process.returncode, stdout, stderr)


def install(command: list) -> None:
    done = finish(command, INSTALL_LIMIT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode != 0:
        raise Failure(f"cannot install: {command[-1]}: {tail(done.stdout)}")


def output(
    command: list, env: dict[str, str], cwd: str | None = None, limit: float = CLIENT_LIMIT, codes=(0,)
) -> str:
    """Runs a client and returns what it prints. It gets the given environment,
    a home of its own and nothing else."""
    with tempfile.TemporaryDirectory(prefix="interop-home-") as home:
        env = {"PATH": "/usr/bin:/bin", "HOME": home, "TERM": "dumb"} | env
        done = finish(command, limit, env=env, cwd=cwd or home,
                      stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if done.returncode not in codes:
        raise Failure(f"exit {done.returncode}: {tail(done.stdout + ' ' + done.stderr)}")
    return done.stdout


def build(examples: list[str]) -> dict[str, Path]:
    """Builds the named examples and returns the path of each program."""
    return cargo_build(["--features", "http2,openai", *(f"--example={example}" for example in examples)])


def build_host() -> Path:
    """Builds the example that is a package of its own, in the same way as its tests, and returns its path."""
    return cargo_build(["--manifest-path", "examples/host/Cargo.toml", "--tests"])["host"]


def cargo_build(arguments: list[str]) -> dict[str, Path]:
    command = ["cargo", "build", "--message-format=json-render-diagnostics", *arguments]
    done = finish(command, BUILD_LIMIT, cwd=REPO, stdout=subprocess.PIPE)
    if done.returncode != 0:
        raise Failure("the build failed")
    messages = (json.loads(line) for line in done.stdout.splitlines() if line.startswith("{"))
    return {
        message["target"]["name"]: Path(message["executable"])
        for message in messages
        if message.get("executable") and not message["profile"]["test"]
    }


class Server:
    """A program that prints `listening on http://127.0.0.1:PORT` and serves until killed.

    If it prints `control on http://127.0.0.1:PORT` before, it is asked there what it has seen.
    """

    control = ""

    def __init__(self, program: Path, env: dict[str, str], *arguments: str):
        self.log = tempfile.TemporaryFile("w+")
        self.process = subprocess.Popen(
            [str(program), *arguments], env={"PATH": "/usr/bin:/bin", "ADDR": "127.0.0.1:0"} | env,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=self.log,
            text=True, start_new_session=True,
        )
        lines = queue.Queue()
        threading.Thread(target=self.read, args=(lines,), daemon=True).start()
        deadline = time.monotonic() + START_LIMIT
        while True:
            try:
                line = lines.get(timeout=max(0, deadline - time.monotonic()))
            except queue.Empty:
                line = None
            if line is None:
                self.stop()
                raise Failure(f"{program.name} did not start: {self.errors()}")
            if found := re.search(r"(control|listening) on (http://127\.0\.0\.1:\d+)", line):
                setattr(self, "control" if found[1] == "control" else "url", found[2])
                if found[1] == "listening":
                    return

    def read(self, lines: queue.Queue) -> None:
        for line in self.process.stdout:
            lines.put(line)
        lines.put(None)

    def errors(self) -> str:
        self.log.seek(0)
        return tail(self.log.read()) or "it printed no error"

    def call(self, method: str, path: str) -> bytes:
        request = urllib.request.Request((self.control or self.url) + path, method=method)
        direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with direct.open(request, timeout=10) as response:
            return response.read()

    def stop(self) -> None:
        end(self.process)


class Started(Server):
    """A program that is asked whether it serves, since it prints no line that says so."""

    LIMIT = 180

    def __init__(self, command: list, env: dict[str, str], url: str, ready: str):
        self.url, self.log = url, tempfile.TemporaryFile("w+")
        self.process = subprocess.Popen(
            [str(part) for part in command], env=env, stdin=subprocess.DEVNULL,
            stdout=self.log, stderr=self.log, text=True, start_new_session=True,
        )
        deadline = time.monotonic() + self.LIMIT
        while True:
            try:
                self.call("GET", ready)
                return
            except OSError:
                if self.process.poll() is not None or time.monotonic() > deadline:
                    self.stop()
                    raise Failure(f"{command[0]} did not start: {self.errors()}") from None
                time.sleep(0.5)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]

"""The official TypeScript SDK in Chromium, on a page of another origin than the `host` example."""

import contextlib
import http.server
import json
import queue
import secrets
import shutil
import subprocess
import tempfile
import threading
import urllib.parse
from dataclasses import dataclass
from pathlib import Path

from fleet import Fleet
from processes import CLIENT_LIMIT, Failure, end, output
from published import TYPESCRIPT, Client

HERE = Path(__file__).resolve().parent
ESBUILD = Client("esbuild", "esbuild", "0.28.2")


@dataclass(frozen=True)
class Browser:
    clients = (TYPESCRIPT, ESBUILD)
    path = "direct"

    def __str__(self) -> str:
        return f"browser {TYPESCRIPT.label} host"

    def run(self, fleet: Fleet) -> str:
        program = shutil.which("chromium")
        if program is None:
            raise Failure("there is no chromium")
        word = "word" + secrets.token_hex(6)
        entry = fleet.host()
        query = {"base": entry["ANTHROPIC_BASE_URL"], "key": entry["ANTHROPIC_API_KEY"], "word": word}
        with serve(bundle()) as (url, results):
            found = visit(program, f"{url}/?{urllib.parse.urlencode(query)}", results)
        text = f"Say {word}."
        expected = {
            "create": f"{text} req_",
            "stream": f"{text} in 2 deltas",
            "beta": text,
            "models": "echo-1",
            "401": "401 authentication_error req_",
            "404": "404 not_found_error req_",
            "401, 8 MiB": "401 authentication_error req_",
            "413, 40 MiB": "413 request_too_large req_",
        }
        wrong = {name: found.get(name) for name in expected if found.get(name) != expected[name]}
        if wrong or found.keys() != expected.keys():
            raise Failure(f"the page saw {wrong or found}")
        return f"{len(found)} calls"


def bundle() -> bytes:
    """Returns the script of the page, with the SDK."""
    command = [ESBUILD.folder / "node_modules/.bin/esbuild", HERE / "clients/browser.mjs",
               "--bundle", "--format=esm", "--platform=browser", "--log-level=warning"]
    return output(command, {"NODE_PATH": str(TYPESCRIPT.folder / "node_modules")}).encode()


@contextlib.contextmanager
def serve(script: bytes):
    """Serves the page, and yields its URL and a queue of what it sends."""
    results = queue.Queue()

    class Page(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            is_script = self.path == "/script.js"
            self.respond(*((script, "text/javascript") if is_script else
                           (b'<!doctype html><script type="module" src="/script.js"></script>', "text/html")))

        def do_POST(self) -> None:
            results.put(json.loads(self.rfile.read(int(self.headers["content-length"]))))
            self.respond(b"", "text/plain")

        def respond(self, body: bytes, content_type: str) -> None:
            self.send_response(200)
            self.send_header("content-type", content_type)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", results
    finally:
        server.shutdown()
        server.server_close()


def visit(program: str, url: str, results: queue.Queue) -> dict:
    """Opens the page and returns what it sends."""
    with tempfile.TemporaryDirectory(prefix="interop-browser-", ignore_cleanup_errors=True) as home, \
            tempfile.TemporaryFile("w+") as log:
        # It runs as root in a container, where it can have no sandbox and little shared memory.
        command = [program, "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                   "--no-first-run", f"--user-data-dir={home}/profile", url]
        browser = subprocess.Popen(
            command, env={"PATH": "/usr/bin:/bin", "HOME": home}, stdin=subprocess.DEVNULL,
            stdout=log, stderr=log, start_new_session=True,
        )
        try:
            return results.get(timeout=CLIENT_LIMIT)
        except queue.Empty:
            log.seek(0)
            raise Failure(f"the page sent nothing: {log.read()[-600:]}") from None
        finally:
            end(browser)


def cases(_is_all: bool) -> list[Browser]:
    return [Browser()]

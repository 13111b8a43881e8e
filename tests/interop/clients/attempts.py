"""Calls the handlers that go wrong, for `faults.py` and `chat_faults.py`."""

import json
from concurrent.futures import ThreadPoolExecutor


def run(rows, modes, perform, errors):
    """Prints a line of JSON for each row and mode: what `perform` returns or raises.

    What is not one of `errors` is a crash, since no program would expect it.
    """

    def attempt(row, mode):
        line = {"name": row["name"], "mode": mode}
        try:
            line |= perform(mode, row)
        except Exception as error:
            kind = "error" if isinstance(error, errors) else "crash"
            line[kind] = f"{type(error).__name__}: {error}"
        return json.dumps(line)

    # Most of the time they wait before they try again.
    with ThreadPoolExecutor(4) as pool:
        for line in pool.map(attempt, *zip(*((row, mode) for row in rows for mode in modes))):
            print(line)

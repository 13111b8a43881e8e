// Calls the handlers that go wrong, for `faults.mjs` and `chat_faults.mjs`.

// Prints a line of JSON for each row and mode, in any order: what `perform` returns or throws. What is an instance of
// none of `errors` is a crash, since no program would expect it.
export async function run(rows, modes, perform, errors) {
  const attempt = async (row, mode) => {
    const line = { name: row.name, mode };
    try {
      Object.assign(line, await perform(mode, row));
    } catch (error) {
      const kind = errors.some((expected) => error instanceof expected) ? "error" : "crash";
      line[kind] = `${error.constructor.name}: ${error.message}`;
    }
    console.log(JSON.stringify(line));
  };
  const waiting = rows.flatMap((row) => modes.map((mode) => [row, mode]));
  const work = async () => {
    while (waiting.length > 0) await attempt(...waiting.shift());
  };
  // Most of the time they wait before they try again.
  await Promise.all([work(), work(), work(), work()]);
}

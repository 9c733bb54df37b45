// Runs the script that is named first, and ends with whoever started it: their end of our standard input closes
// however they died, on every system, also by `kill -9`.
import { pathToFileURL } from "node:url";

for (const event of ["end", "error"]) process.stdin.on(event, () => process.exit());
process.stdin.resume();

process.argv.splice(1, 1);
await import(pathToFileURL(process.argv[1]).href);

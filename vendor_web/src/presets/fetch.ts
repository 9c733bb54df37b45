/** Gets files from the server, whole and proven: with the hash of their bytes, and never a page in their place. */

import { EngineError, type LoadedPreset } from "../engine/engine";
import { type Fetched, PackError } from "../coupled/manifest";
import { sha256 } from "../hash";

/** Where the real ones end: the largest preset known has 0.4 MB. */
const PRESET_BYTES = 2 << 20;

/** As long as newliveweb waits: a server that never answers must keep nobody waiting for ever. */
const PATIENCE_MS = 30_000;

/** Reasons begin with what matters: addresses are long, and cut where there is little room. */
export async function fetchPreset(url: string): Promise<LoadedPreset> {
  const { answer, bytes } = await get(url).catch(() => {
    throw new EngineError(`The server does not answer: ${url}.`);
  });
  if (!answer.ok) throw new EngineError(`The server says ${answer.status}: ${url}.`);
  if (isPage(answer)) throw new EngineError(`The server sent a web page in its place: ${url}.`);
  if (bytes.length > PRESET_BYTES) throw new EngineError(`No preset is that large, ${bytes.length} bytes: ${url}.`);
  return { url, hash: await sha256(bytes), bytes };
}

export async function fetchJson(url: string): Promise<Fetched | null> {
  const { answer, bytes } = await get(url).catch(() => {
    throw new PackError(`${url} cannot be fetched: the server does not answer.`);
  });
  if (answer.status === 404 || answer.status === 204 || (answer.ok && isPage(answer))) return null;
  if (!answer.ok) throw new PackError(`${url} cannot be fetched: the server says ${answer.status}.`);
  try {
    return { found: JSON.parse(new TextDecoder().decode(bytes)), hash: await sha256(bytes) };
  } catch (error) {
    throw new PackError(`${url} is no JSON: ${String(error)}.`);
  }
}

/** Some servers answer with their start page, and 200, to whatever they lack. */
function isPage(answer: Response): boolean {
  return (answer.headers.get("content-type") ?? "").startsWith("text/html");
}

/** The answer with its last byte: a connection may break on the way. */
async function get(url: string): Promise<{ answer: Response; bytes: Uint8Array<ArrayBuffer> }> {
  const answer = await fetch(url, { cache: "no-cache", signal: AbortSignal.timeout(PATIENCE_MS) });
  return { answer, bytes: new Uint8Array(await answer.arrayBuffer()) };
}

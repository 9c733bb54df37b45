/** Bytes to text, as `harvest/packs/milk/file.py` does it. */

const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf];

/**
 * Where Windows-1252 parts from Latin-1: the bytes from 0x80 to 0x9f, a space for those that it has no character for.
 * TextDecoder is no help: it lets those five pass, and Node.js 20 decodes all 32 as Latin-1.
 */
const WINDOWS_1252 = "€ ‚ƒ„…†‡ˆ‰Š‹Œ Ž  ‘’“”•–—˜™š›œ žŸ";
const FIRST = 0x80;

/** UTF-8 where that fits, else Windows-1252, else one character for every byte. */
export function decode(bytes: Uint8Array): string {
  const body = startsWith(bytes, BYTE_ORDER_MARK) ? bytes.subarray(BYTE_ORDER_MARK.length) : bytes;
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(body);
  } catch (error) {
    // "Not UTF-8" is a TypeError, and the only one that a decoder of bytes throws.
    if (!(error instanceof TypeError)) throw error;
  }
  const characters = Array.from(body, (byte) => WINDOWS_1252[byte - FIRST] ?? String.fromCharCode(byte));
  const isWindows1252 = !body.some((byte) => WINDOWS_1252[byte - FIRST] === " ");
  return isWindows1252 ? characters.join("") : Array.from(body, (byte) => String.fromCharCode(byte)).join("");
}

function startsWith(bytes: Uint8Array, start: readonly number[]): boolean {
  return start.every((byte, index) => bytes[index] === byte);
}

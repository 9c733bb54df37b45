import { expect, test } from "vitest";
import { decode } from "./decode";

const bytes = (...values: number[]) => Uint8Array.from(values);

test("UTF-8 is read as such", () => {
  expect(decode(new TextEncoder().encode("zoom=1 é 鼓 🥁"))).toBe("zoom=1 é 鼓 🥁");
});

test("one byte order mark is no part of the text", () => {
  expect(decode(bytes(0xef, 0xbb, 0xbf, 0x7a))).toBe("z");
  expect(decode(bytes(0xef, 0xbb, 0xbf, 0xef, 0xbb, 0xbf, 0x7a))).toBe("\ufeffz");
});

test("what is no UTF-8 is Windows-1252", () => {
  expect(decode(bytes(0x63, 0x61, 0x66, 0xe9, 0x80, 0x20, 0x9f, 0xa0, 0xff))).toBe("café€ Ÿ\u00a0ÿ");
});

test("what Windows-1252 lacks makes every byte a character", () => {
  for (const lacking of [0x81, 0x8d, 0x8f, 0x90, 0x9d]) {
    expect(decode(bytes(0xe9, 0x80, 0x20, lacking))).toBe(`\u00e9\u0080 ${String.fromCharCode(lacking)}`);
  }
});

test("no bytes at all are no text", () => {
  expect(decode(bytes())).toBe("");
});

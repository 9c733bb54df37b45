import { describe, expect, it } from "vitest";
import { DEFAULTS, readRequest, RequestError } from "./request";

const LEAST = { fgUrl: "/a.milk", bgUrl: "/b.milk" };

describe("a request", () => {
  it("needs two presets, and gets the rest from the defaults", () => {
    expect(readRequest(LEAST)).toEqual({ ...DEFAULTS, ...LEAST });
  });

  it("of other frames than usual is looked at in the middle of them", () => {
    expect(readRequest({ ...LEAST, frames: 4 }).thumbnailFrame).toBe(2);
    expect(readRequest({ ...LEAST, frames: 4, thumbnailFrame: null }).thumbnailFrame).toBeNull();
  });

  it("is refused with every problem at once", () => {
    const problemsOf = (given: unknown) => {
      try {
        readRequest(given);
      } catch (error) {
        return (error as RequestError).problems;
      }
      return [];
    };
    expect(problemsOf({ fgUrl: 3, frames: 0.5, size: { width: 10, height: 90 }, seconds: 4, audio: { kind: "noise" } })).toEqual([
      "There is no seconds to ask for.",
      "fgUrl is the address of a preset.",
      "bgUrl is the address of a preset.",
      "frames is a whole number from 1 to 100000.",
      "size.width is a whole number from 64 to 3840.",
      "thumbnailFrame is a whole number from 0 to -0.5.",
      'audio is { kind: "click" } or { kind: "url", url }.',
    ]);
    expect(problemsOf(null)).toEqual(["A request is an object."]);
  });
});

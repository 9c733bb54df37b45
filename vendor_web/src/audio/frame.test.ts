import { describe, expect, it } from "vitest";
import { clickTrack } from "./click-track";
import { emphasised } from "./emphasis";
import { hear, WINDOW } from "./frame";
import { SAMPLE_RATE } from "./track";

const tone = Float32Array.from({ length: 4410 }, (_, at) => 0.5 * Math.sin((2 * Math.PI * 100 * at) / SAMPLE_RATE));

describe("what is heard", () => {
  it("is the window that ends at a sample, the newest last, as an analyser writes it", () => {
    const left = Float32Array.from({ length: 2000 }, (_, at) => (at < 1000 ? 0 : 1));
    const frame = hear({ left, right: left.map(() => -1) }, 1001);
    expect([...frame.left.slice(-2)]).toEqual([128, 255]);
    expect(frame.right[0]).toBe(0);
    expect(frame.left).toHaveLength(WINDOW);
  });

  it("has the true level of the signal", () => {
    const frame = hear({ left: tone, right: tone }, 4410);
    expect(frame.rms).toBeCloseTo(0.5 / Math.SQRT2, 1);
    expect(frame.peak).toBeCloseTo(0.5, 3);
  });

  it("goes round and round, before the start and past the end", () => {
    const at = (end: number) => hear({ left: tone, right: tone }, end);
    expect(at(100)).toEqual(at(100 + 4410));
    expect(at(100)).toEqual(at(100 - 4410));
  });

  it("is emphasised as newliveweb does: bass is nearly gone", () => {
    const low = emphasised({ left: tone, right: tone }, 4410);
    expect(low.rms).toBeLessThan(0.1);
    expect(low.rms).toBeGreaterThan(0.005);
  });
});

describe("the click track", () => {
  it("is the same each time, loud, and never clipped", () => {
    const track = clickTrack();
    const again = clickTrack().left;
    expect(track.left.every((sample, at) => sample === again[at])).toBe(true);
    const { rms, peak } = hear(track, 3 * SAMPLE_RATE);
    expect(rms).toBeGreaterThan(0.05);
    expect(peak).toBeLessThan(1);
    expect(track.seconds).toBe(8);
  });

  it("loops without a seam", () => {
    const { left } = clickTrack();
    expect(Math.abs((left[0] ?? 1) - (left.at(-1) ?? 0))).toBeLessThan(0.1);
  });
});

import { describe, expect, it } from "vitest";
import { type FetchJson, openPack, PackError } from "./manifest";

const PAIR = { pair: 7, fgUrl: "/presets/demo/fg/a.milk", bgUrl: "/presets/demo/bg/b.milk", warp_diff: 0.1 };

function server(files: Record<string, unknown>): FetchJson {
  return async (url) => (url in files ? { found: files[url], hash: `hash of ${url}` } : null);
}

function open(manifest: unknown, quality?: unknown, name = "pairs-manifest.v0.json") {
  const files: Record<string, unknown> = { [`/presets/demo/${name}`]: manifest };
  if (quality !== undefined) files["/presets/demo/pairs-quality.v0.json"] = quality;
  return openPack("demo", name, server(files));
}

describe("a pack", () => {
  it("is known by the hash of its manifest, and has its pairs", async () => {
    const pack = await open({ pack: "demo", pairs: [PAIR], generatedFrom: "kept to itself" });
    expect(pack.manifestHash).toBe("hash of /presets/demo/pairs-manifest.v0.json");
    expect(pack.pairs).toEqual([
      { pair: 7, fgUrl: PAIR.fgUrl, bgUrl: PAIR.bgUrl, warpDiff: 0.1, cxDiff: null, quality01: null },
    ]);
  });

  it.each([
    [{ pack: "other", pairs: [PAIR] }, "is of pack other, not of demo"],
    [{ pack: "demo" }, "it has no pairs"],
    [{ pack: "demo", pairs: [] }, "lists no pair"],
    [{ pack: "demo", pairs: [{ ...PAIR, pair: "7" }] }, "entry 1 has no pair number"],
    [{ pack: { toString: 1 }, pairs: [PAIR] }, 'is of pack {"toString":1}, not of demo'],
    [{ pack: "demo", pairs: [{ ...PAIR, fgUrl: "//elsewhere/a.milk" }] }, "pair 7 has no fgUrl"],
    [{ pack: "demo", pairs: [{ ...PAIR, fgUrl: "/\\elsewhere/a.milk" }] }, "pair 7 has no fgUrl"],
    [{ pack: "demo", pairs: [{ ...PAIR, bgUrl: "/\t/elsewhere/a.milk" }] }, "pair 7 has no bgUrl"],
    [{ pack: "demo", pairs: [{ ...PAIR, bgUrl: "//[/a.milk" }] }, "pair 7 has no bgUrl"],
    [[], "it has no pairs"],
  ])("is refused with its reason: %j", async (manifest, reason) => {
    await expect(open(manifest)).rejects.toThrow(reason);
  });

  it("that is not there is said so", async () => {
    await expect(openPack("demo", "x.json", server({}))).rejects.toThrow(new PackError("There is no /presets/demo/x.json."));
  });
});

describe("scores", () => {
  const quality = { pack: "demo", pairs: [{ pair: 7, quality01: 0.9 }], qualityStats: { std: 0.1 } };

  it("are merged, also into a filtered manifest", async () => {
    for (const name of ["pairs-manifest.v0.json", "pairs-manifest.filtered.current.json"]) {
      const pack = await open({ pack: "demo", pairs: [PAIR] }, quality, name);
      expect(pack.pairs[0]?.quality01).toBe(0.9);
      expect(pack.quality).toEqual({
        url: "/presets/demo/pairs-quality.v0.json",
        hash: "hash of /presets/demo/pairs-quality.v0.json",
        merged: 1,
        std: 0.1,
      });
    }
  });

  it("that are missing or of another pack change nothing, and it is said why", async () => {
    const without = await open({ pack: "demo", pairs: [{ ...PAIR, quality01: 0.3 }] });
    const foreign = await open({ pack: "demo", pairs: [PAIR] }, { ...quality, pack: "other" });
    expect(without.pairs[0]?.quality01).toBe(0.3);
    expect(without.withoutQuality).toContain("There is no");
    expect(foreign.quality).toBeNull();
    expect(foreign.withoutQuality).toContain("is of pack other");
  });

  it("that are no numbers are not taken for 0", async () => {
    const odd = { pack: "demo", pairs: [{ pair: 7, quality01: null }, { pair: 8, quality01: "1" }, 3] };
    const pack = await open({ pack: "demo", pairs: [PAIR] }, odd);
    expect(pack.pairs[0]?.quality01).toBeNull();
    expect(pack.quality?.merged).toBe(0);
  });
});

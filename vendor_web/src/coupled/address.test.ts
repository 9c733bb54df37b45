import { describe, expect, it } from "vitest";
import { readAddress } from "./address";

describe("an address", () => {
  it("that says nothing leaves everything at its default", () => {
    const wanted = readAddress("");
    expect(wanted).toMatchObject({ pack: null, isOff: false, manifest: "pairs-manifest.v0.json", pickMode: "random", problems: [] });
    expect(wanted.rules).toMatchObject({ gamma: 1, explore: 0, dedupN: 0, dedupPenalty: 0 });
  });

  it("as newliveweb's sampler builds it is understood, with null for what was not given", () => {
    const wanted = readAddress("?coupled=1&coupledPack=demo&coupledPick=weighted&coupling3d=on&coupledGamma=null&coupledExplore=null");
    expect(wanted).toMatchObject({ pack: "demo", pickMode: "weighted", problems: [] });
    expect(wanted.rules.gamma).toBe(1);
    expect(wanted.coupling.mode).toBe("on");
  });

  it.each(["coupled=0", "coupled=false", "coupledPairs=off"])("can switch coupled mode off: %s", (off) => {
    expect(readAddress(`?${off}&coupledPack=demo`)).toMatchObject({ pack: null, isOff: true });
  });

  it("names a runtime of this server, or none: what lies there is run", () => {
    expect(readAddress("?projectm=/projectm-runtime&testTrackPath=")).toMatchObject({ projectm: "/projectm-runtime", track: null });
    const wanted = readAddress("?projectm=https://elsewhere/runtime");
    expect(wanted.projectm).toBeNull();
    expect(wanted.problems).toEqual(["projectm=https://elsewhere/runtime is no address on this server."]);
  });

  it("that makes no sense says so in a sentence each, and keeps to the ranges", () => {
    const wanted = readAddress("?coupledPick=best&coupledExplore=3&coupledGamma=x&coupling3dParallax=9");
    expect(wanted.problems).toEqual([
      "coupledPick=best is none of random, shuffle, weighted.",
      "coupledGamma=x is no number.",
      "coupledExplore=3 lies outside 0 to 1.",
      "coupling3dParallax=9 lies outside 0 to 0.25.",
    ]);
    expect(wanted.rules.explore).toBe(1);
    expect(wanted.coupling.parallax).toBe(0.25);
  });
});

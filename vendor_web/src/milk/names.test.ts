/// <reference types="node" />

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { expect, test } from "vitest";
import { BUTTERCHURN_NAMES, codePrefix, parameterPrefix } from "./names";
import type { Kind } from "./names";

/** The names in one of butterchurn's lists of defaults, `this.baseValsDefaults = { decay: 0.98, … }`. */
function defaults(list: string): string[] {
  const source = readFileSync(createRequire(import.meta.url).resolve("butterchurn"), "utf8");
  const body = new RegExp(`this\\.${list} = \\{([^}]*)\\}`).exec(source)?.[1] ?? "";
  return [...body.matchAll(/(\w+):/g)].map((match) => match[1] as string);
}

test.each<[Kind, string]>([
  ["preset", "baseValsDefaults"],
  ["wave", "waveBaseValsDefaults"],
  ["shape", "shapeBaseValsDefaults"],
])("every base value of a %s in butterchurn has exactly one name in files", (kind, list) => {
  const inFiles = Object.values(BUTTERCHURN_NAMES[kind]).filter((name) => name !== "");
  expect(inFiles.toSorted()).toEqual(defaults(list).toSorted());
});

test("files spell out whose a name is", () => {
  expect(parameterPrefix("preset", 0)).toBe("");
  expect(parameterPrefix("wave", 3)).toBe("wavecode_3_");
  expect(codePrefix("preset", 0, "per_frame")).toBe("per_frame_");
  expect(codePrefix("shape", 1, "init")).toBe("shape_1_init");
});

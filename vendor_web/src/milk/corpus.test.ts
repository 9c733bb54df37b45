/// <reference types="node" />

import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { convert, decode } from "./index";

/** Debian's package projectm-data has 4,188 presets, 738 of them with shaders. */
const PRESETS = process.env["HARVEST_PRESETS"] ?? "/usr/share/projectM/presets";
const isThere = existsSync(PRESETS);
/** All of them take half a minute; every fourth says nearly as much. */
const STEP = 4;
const LEAST_CONVERTED = 0.999;

describe.skipIf(!isThere)(
  isThere
    ? `real presets of ${PRESETS}`
    : `skipped: there are no presets in ${PRESETS} (HARVEST_PRESETS names another place)`,
  () => {
    const files = isThere ? presetsIn(PRESETS) : [];

    test(`convert, at least ${LEAST_CONVERTED * 100} of a hundred`, { timeout: 600_000 }, () => {
      const tried = files.filter((_, index) => index % STEP === 0);
      const conversions = tried.map((file) => ({ file, ...convert(decode(readFileSync(file))) }));
      const refused = conversions.filter((conversion) => conversion.kind === "refused");
      expect(tried.length).toBeGreaterThan(0);
      expect(refused.length, JSON.stringify(refused, null, 1)).toBeLessThanOrEqual(
        Math.ceil(tried.length * (1 - LEAST_CONVERTED)),
      );
    });
  },
);

function presetsIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".milk"))
    .toSorted()
    .map((name) => join(folder, name));
}

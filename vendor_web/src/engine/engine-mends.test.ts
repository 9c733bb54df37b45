/// <reference types="node" />

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { mendEngine } from "../../engine-mends";

const SOURCE = readFileSync(createRequire(import.meta.url).resolve("butterchurn"), "utf8");

interface EquationCompiler {
  loadModule(options: {
    pools: Record<string, Record<string, WebAssembly.Global>>;
    functions: Record<string, { pool: string; code: string }>;
  }): Promise<{ exports: Record<string, () => void> }>;
}

const folder = mkdtempSync(join(tmpdir(), "engine-mends-"));
beforeAll(() => vi.stubGlobal("window", globalThis));
afterAll(() => {
  vi.unstubAllGlobals();
  rmSync(folder, { recursive: true });
});

/** Gives butterchurn's copy of eel-wasm, which it keeps to itself. */
async function compilerOf(name: string, engine: string): Promise<EquationCompiler> {
  const file = join(folder, `${name}.mjs`);
  writeFileSync(file, `${engine.replace(/^\/\/# sourceMappingURL.*$/m, "")}\nexport { srcExports as compiler };`);
  const module = (await import(/* @vite-ignore */ pathToFileURL(file).href)) as { compiler: EquationCompiler };
  return module.compiler;
}

/** Runs equations, and gives what `x` is in the end. */
async function run({ loadModule }: EquationCompiler, code: string): Promise<number> {
  const x = new WebAssembly.Global({ value: "f64", mutable: true }, 0);
  const { exports } = await loadModule({ pools: { preset: { x } }, functions: { run: { pool: "preset", code } } });
  exports["run"]?.();
  return x.value as number;
}

describe("the mended engine", () => {
  const mended = mendEngine(SOURCE);

  test.each([
    ["a remainder of what is too large", "x = 10000000000 % 7;", 2147483647 % 7],
    ["a remainder of what is no number", "x = log(0 - 1) % 7;", 0],
    ["bits of what is too large", "x = pow(10, 300) & 5;", 5],
    ["bits of what is no number", "x = log(0 - 1) | 5;", 5],
    ["an index that is too large", "x = megabuf(10000000000);", 0],
    ["a loop without end", "loop(1000000000, x = x + 1);", 65_536],
    ["a loop that runs no number of times", "loop(log(0 - 1), x = x + 1);", 0],
    ["a loop that runs less than never", "loop(0 - 5, x = x + 1);", 0],
    ["a loop like any other", "loop(5.9, x = x + 1);", 5],
  ])("takes %s", async (_, code, x) => {
    expect(await run(await compilerOf("mended", mended), code)).toBe(x);
  });

  test("needed it: without, the program stops", async () => {
    const unmended = await compilerOf("unmended", SOURCE);
    await expect(run(unmended, "x = log(0 - 1) % 7;")).rejects.toThrow(WebAssembly.RuntimeError);
  });

  test("draws on the canvas that it is given, without anisotropic filters", () => {
    expect(mended).toContain("this.internalCanvas = opts.canvas;");
    expect(mended).not.toContain('texture_filter_anisotropic")');
  });

  test("is mended once: a second time, or in another version, the build fails", () => {
    expect(() => mendEngine(mended)).toThrow(/cannot be mended: 32-bit numbers are found 0 times, not 4/);
    expect(() => mendEngine(SOURCE.replace("...emit(count, context),", "...emit(times, context),"))).toThrow(
      /loops are found 0 times/,
    );
  });
});

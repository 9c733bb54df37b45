import { describe, expect, test } from "vitest";
import { convert } from "./convert";
import type { Conversion } from "./convert";
import { cpuSeconds } from "./fixtures/cpu-time";
import { pick, seededRandom } from "./fixtures/random";
import type { ButterchurnPreset } from "./preset";

function converted(text: string): ButterchurnPreset {
  const conversion = convert(text);
  if (conversion.kind === "refused") throw new Error(conversion.reason);
  return conversion.preset;
}

function reason(conversion: Conversion): string {
  if (conversion.kind === "converted") throw new Error("it was converted");
  return conversion.reason;
}

const SHADERS = "warp_1=`shader_body\nwarp_2=`{ ret = 1; }\ncomp_1=`shader_body { ret = 0; }\n";

describe("a preset of MilkDrop 1", () => {
  const preset = converted(
    "[preset00]\nfDecay=0.9\nnWaveMode=3\nzoom=1.5\nper_frame_init_1=a=1;\nper_frame_1=b = b\nper_frame_2=ass;\nper_pixel_1=rot=x;\n",
  );

  test("has numbers by butterchurn's names, and only those that the file gives", () => {
    expect(preset.baseVals).toMatchObject({ decay: 0.9, wave_mode: 3, zoom: 1.5 });
    expect(preset.baseVals).not.toHaveProperty("rot");
  });

  test("has equations of the first version, in one line", () => {
    expect(preset).toMatchObject({
      version: 1,
      init_eqs_eel: "a=1;",
      frame_eqs_eel: "b = bass;",
      pixel_eqs_eel: "rot=x;",
    });
  });

  test("has four waves and four shapes, switched off, for butterchurn misses them otherwise", () => {
    expect(preset.waves).toEqual(
      Array(4).fill({ baseVals: { enabled: 0 }, init_eqs_eel: "", frame_eqs_eel: "", point_eqs_eel: "" }),
    );
    expect(preset.shapes).toEqual(Array(4).fill({ baseVals: { enabled: 0 }, init_eqs_eel: "", frame_eqs_eel: "" }));
  });

  test("has no shaders, even where the file holds some", () => {
    expect(convert(`zoom=1\n${SHADERS}`)).toMatchObject({
      kind: "converted",
      milkdrop: 1,
      preset: { warp: "", comp: "" },
    });
  });
});

describe("a preset of MilkDrop 2", () => {
  const shaders = (head: string) => {
    const { warp, comp } = converted(`${head}\n${SHADERS}`);
    return [warp !== "", comp !== ""];
  };

  test("has shaders where its versions say so", () => {
    expect(convert(`MILKDROP_PRESET_VERSION=201\n${SHADERS}`)).toMatchObject({
      kind: "converted",
      milkdrop: 2,
      preset: { version: 2 },
    });
    expect(shaders("MILKDROP_PRESET_VERSION=201\nPSVERSION=0")).toEqual([true, true]);
    expect(shaders("MILKDROP_PRESET_VERSION=201\nPSVERSION_WARP=0\nPSVERSION_COMP=2")).toEqual([false, true]);
    expect(shaders("MILKDROP_PRESET_VERSION=201\nPSVERSION_WARP=3\nPSVERSION_COMP=0")).toEqual([true, false]);
    expect(shaders("MILKDROP_PRESET_VERSION=200\nPSVERSION=0\nPSVERSION_WARP=2")).toEqual([false, false]);
    expect(shaders("MILKDROP_PRESET_VERSION=200\nPSVERSION=2\nPSVERSION_WARP=0")).toEqual([true, true]);
  });

  test("shows butterchurn's own shader for a text without an entry", () => {
    expect(converted("MILKDROP_PRESET_VERSION=201\nwarp_1=`// nothing\ncomp_1=`\n")).toMatchObject({
      warp: "",
      comp: "",
    });
  });

  test("has waves and shapes with their own names, and equations where they are switched on", () => {
    const preset = converted(
      "wavecode_1_enabled=1\nwavecode_1_bSpectrum=1\nwave_1_per_point1=x=sample;\nwave_0_per_point1=((broken\n" +
        "shapecode_2_enabled=1\nshapecode_2_thickOutline=1\nshape_2_init1=t1=1;\nshape_2_per_frame1=x=t1;\n",
    );
    expect(preset.waves[1]).toEqual({
      baseVals: { enabled: 1, spectrum: 1 },
      init_eqs_eel: "",
      frame_eqs_eel: "",
      point_eqs_eel: "x=sample;",
    });
    expect(preset.waves[0]).toMatchObject({ point_eqs_eel: "" });
    expect(preset.shapes[2]).toEqual({
      baseVals: { enabled: 1, thickoutline: 1 },
      init_eqs_eel: "t1=1;",
      frame_eqs_eel: "x=t1;",
    });
  });

  test.each([
    ["zoom=1", 0],
    ["bMotionVectorsOn=1", 1],
    ["bMotionVectorsOn=0\nmv_a=0.5", 0.5],
    ["bMotionVectorsOn=1\nmv_a=0", 0],
  ])("with %j draws motion vectors of strength %d", (text, strength) => {
    expect(converted(text).baseVals).toMatchObject({ bmotionvectorson: 1, mv_a: strength });
  });
});

describe("a refusal names the stage and the place", () => {
  test.each([
    ["", "The file cannot be read: the file is empty."],
    ["foo=1", "The file cannot be read: no line of the file sets anything that MilkDrop knows."],
    [
      `zoom=1\nrot=${"1".repeat(40_000)}`,
      "The file cannot be read, line 2: the line has 40004 characters, and MilkDrop reads at most 32768.",
    ],
    [
      "per_frame_1=a=1;\nper_frame_2=b=nosuch(1);",
      'The equations do not compile, per_frame_2: "nosuch" is not defined.',
    ],
    [
      "shapecode_0_enabled=1\nshape_0_init1=nosuch(1);",
      'The equations do not compile, shape_0_init1: "nosuch" is not defined.',
    ],
    [
      "MILKDROP_PRESET_VERSION=201\nwarp_1=`shader_body {\nwarp_2=`ret = nosuch; }",
      "The warp shader cannot be translated, warp_2: 'nosuch' is not declared.",
    ],
    [
      "MILKDROP_PRESET_VERSION=201\ncomp_1=`shader_body",
      "The comp shader cannot be translated, comp_1: its shader_body has no '{'.",
    ],
  ])("%#", (text, sentence) => {
    expect(reason(convert(text))).toBe(sentence);
  });
});

describe("a hostile text is answered soon", () => {
  const MILKDROP_2 = "MILKDROP_PRESET_VERSION=201\n";
  const numbered = (prefix: string, lines: readonly string[]) =>
    lines.map((line, index) => `${prefix}${index + 1}=${line}`).join("\n");
  const shaderOf = (lines: readonly string[]) =>
    MILKDROP_2 + numbered("warp_", [...lines, "shader_body { ret = A0; }"]);
  const wide = (piece: string, count: number) => piece.repeat(count).match(/.{1,30000}/gs) ?? [];

  test.each([
    ["two megabytes in one line", "x".repeat(2 << 20)],
    ["a hundred thousand lines of code", numbered("per_frame_", Array(60_000).fill("a=1;"))],
    ["brackets in equations", numbered("per_frame_", wide("(", 60_000))],
    ["sums in equations", `per_frame_1=a=1${"+1".repeat(15_000)};`],
    ["macros that call each other", shaderOf(Array.from({ length: 30_000 }, (_, i) => `#define A${i} A${i + 1}`))],
    ["macros that double", shaderOf(Array.from({ length: 40 }, (_, i) => `#define A${i} A${i + 1} A${i + 1}`))],
    ["brackets in a shader", shaderOf([...wide("(", 500_000)])],
    ["open comments", shaderOf([...wide("/*", 400_000)])],
    ["strays", shaderOf([...wide("@", 900_000)])],
    ["conditions that open", shaderOf(Array.from({ length: 100_000 }, () => "#if 1"))],
  ])("%s", (_, text) => {
    let conversion: Conversion | undefined;
    const seconds = cpuSeconds(() => (conversion = convert(text)));
    expect(conversion?.kind).toBe("refused");
    expect(seconds).toBeLessThan(10);
  });
});

test("no text makes it throw, and what it refuses it refuses in a sentence", () => {
  const random = seededRandom(4);
  const valid = `${MILK}`.split("\n");
  const bytes = '(){}[];=+-*/%.,#\\`"<>?:!&|^~ \t0123456789abcxyzuv';
  for (let round = 0; round < 600; round++) {
    const lines = [...valid];
    for (let change = 0; change < 3; change++) {
      const at = Math.floor(random() * lines.length);
      const line = lines[at] ?? "";
      const cut = Math.floor(random() * (line.length + 1));
      lines[at] = line.slice(0, cut) + pick(random, [...bytes]) + line.slice(cut + Math.floor(random() * 3));
    }
    const conversion = convert(lines.join("\n"));
    if (conversion.kind === "refused") {
      expect(conversion.reason).toMatch(
        /^The (?:file cannot be read|equations do not compile|(?:warp|comp) shader cannot be translated).*[^.]\.$/s,
      );
    }
  }
});

const MILK = `MILKDROP_PRESET_VERSION=201
PSVERSION_WARP=2
PSVERSION_COMP=2
[preset00]
fDecay=0.98
zoom=1.01
wavecode_0_enabled=1
wave_0_per_point1=x = 0.5 + value1 * sin(sample * 6.28);
per_frame_init_1=q1 = rand(10);
per_frame_1=zoom = zoom + 0.01 * sin(time); q2 = if(above(bass, 1.2), 1, q2 * 0.9);
per_frame_2=loop(3, a = a + 1); megabuf(1) = a;
per_pixel_1=rot = rot + 0.01 * rad; // turn
warp_1=\`sampler sampler_clouds;
warp_2=\`#define AMOUNT(x) (0.01*x)
warp_3=\`static const float2 around[2] = { {1, 0}, {0, 1} };
warp_4=\`float3 look(float2 at, out float near) { near = length(at - 0.5); return GetBlur1(at); }
warp_5=\`shader_body {
warp_6=\`float d; float3 seen = look(uv + AMOUNT(q1), d);
warp_7=\`for (int i = 0; i < 2; i++) { ret += tex2D(sampler_main, uv + around[i] * texsize.zw).xyz * (d > 0.5 ? 0.5 : .25); }
warp_8=\`ret = lerp(ret, seen, saturate(lum(ret))) * mul(uv, float2x2(1, 0, 0, 1)).x - 1/255.0;
warp_9=\`}
comp_1=\`shader_body { uv.x *= 2; ret = tex2D(sampler_fc_main, uv) * hue_shader; if (ret.x < 0.1) ret = pow(ret, 2); }`;

test("the preset that is changed above is a good one", () => {
  expect(convert(MILK)).toMatchObject({ kind: "converted", milkdrop: 2 });
});

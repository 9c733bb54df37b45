/** HLSL's own functions in GLSL. */

import { Refusal } from "../refusal";
import { binary } from "./operators";
import { BOOL, FLOAT, VOID, floats, matrixOf, numeric } from "./types";
import type { Type } from "./types";
import { commonType, convert, toBool, toFloats, value } from "./value";
import type { Value } from "./value";

type Write = (...given: Value[]) => Value;

interface Intrinsic {
  /** Values it needs; further ones are left out. */
  arity: number;
  write: Write;
}

const VEC4 = floats(4);

/** Functions that write into what they are given. */
export const WRITING_INTRINSICS: ReadonlySet<string> = new Set(["sincos", "modf"]);

export function callIntrinsic(name: string, given: readonly Value[]): Value {
  const intrinsic = INTRINSICS.get(name);
  if (intrinsic === undefined) throw new Refusal(`there is no function '${name}'`);
  if (given.length < intrinsic.arity) {
    throw new Refusal(`'${name}' needs ${intrinsic.arity} values, not ${given.length}`);
  }
  return intrinsic.write(...given);
}

/** All operands meet in one type of floats, which is the result's too. */
function uniform(arity: number, write: (...codes: string[]) => string): Intrinsic {
  return {
    arity,
    write: (...given) => {
      const taken = given.slice(0, arity);
      const type = floatType(taken);
      return value(write(...taken.map((item) => convert(item, type).code)), type);
    },
  };
}

function plain(arity: number, name: string): Intrinsic {
  return uniform(arity, (...codes) => `${name}(${codes.join(", ")})`);
}

function floatType(given: readonly Value[]): Type {
  return given.map(({ type }) => (type.kind === "numeric" ? floats(type.size) : type)).reduce(commonType);
}

function sizeOf({ type }: Value): number {
  return type.kind === "numeric" ? type.size : 1;
}

function sample(write: (sampler: string, at: Value, is3D: boolean, further: Value[]) => string): Intrinsic {
  return {
    arity: 2,
    write: (sampler, at, ...further) => {
      if (sampler?.type.kind !== "sampler" || at === undefined) throw new Refusal("a texture function needs a sampler");
      return value(write(sampler.code, at, sampler.type.dimensions === 3, further), VEC4);
    },
  };
}

/** A plain look-up: presets call tex2D on volumes and tex3D on pictures, and the sampler decides. */
const SAMPLE = sample((sampler, at, is3D, further) => {
  const size = is3D ? 3 : 2;
  const [across, down] = further;
  if (across === undefined || down === undefined) return `texture(${sampler}, ${toFloats(at, size)})`;
  return `textureGrad(${sampler}, ${[at, across, down].map((item) => toFloats(item, size)).join(", ")})`;
});
/** The level stands in the fourth number of the place. */
const SAMPLE_LEVEL = sample((sampler, at) => `hlsl_texture_lod(${sampler}, ${toFloats(at, 4)})`);
const SAMPLE_BIAS = sample((sampler, at) => `hlsl_texture_bias(${sampler}, ${toFloats(at, 4)})`);
const SAMPLE_PROJECTED = sample((sampler, at, is3D) => {
  return is3D ? `texture(${sampler}, ${toFloats(at, 3)})` : `textureProj(${sampler}, ${toFloats(at, 4)})`;
});

/** A number by number question about numbers, `isnan`. */
function question(name: string): Intrinsic {
  return {
    arity: 1,
    write: (given) =>
      value(`${name}(${toFloats(given as Value, sizeOf(given as Value))})`, numeric("bool", sizeOf(given as Value))),
  };
}

function anyOrAll(name: string): Intrinsic {
  return {
    arity: 1,
    write: (given) => {
      const size = sizeOf(given as Value);
      if (size === 1) return value(toBool(given as Value), BOOL);
      return value(`${name}(${convert(given as Value, numeric("bool", size)).code})`, BOOL);
    },
  };
}

function scalarOf(name: string, arity: number): Intrinsic {
  const { write } = plain(arity, name);
  return { arity, write: (...given) => ({ ...write(...given), type: FLOAT }) };
}

/** `abs` and `sign` of whole numbers are whole. */
function keepsInts(name: string): Intrinsic {
  return {
    arity: 1,
    write: (given) => {
      const { code, type } = given as Value;
      const isInt = type.kind === "numeric" && type.base === "int";
      return isInt ? value(`${name}(${code})`, type) : plain(1, name).write(given as Value);
    },
  };
}

/** A matrix is stored as its transpose, so the product's factors change places. */
function multiply(left: Value, right: Value): Value {
  if (left.type.kind === "matrix" && right.type.kind === "matrix") {
    return value(`(${right.code} * ${left.code})`, matrixOf(left.type.rows, right.type.columns));
  }
  if (left.type.kind === "matrix") {
    if (sizeOf(right) === 1) return binary("*", left, right);
    return value(`(${toFloats(right, left.type.columns)} * ${left.code})`, floats(left.type.rows));
  }
  if (right.type.kind === "matrix") {
    if (sizeOf(left) === 1) return binary("*", left, right);
    return value(`(${right.code} * ${toFloats(left, right.type.rows)})`, floats(right.type.columns));
  }
  const size = Math.min(sizeOf(left), sizeOf(right));
  if (size === 1) return binary("*", left, right);
  return value(`dot(${toFloats(left, size)}, ${toFloats(right, size)})`, FLOAT);
}

function transpose(given: Value): Value {
  if (given.type.kind !== "matrix") return given;
  return value(`transpose(${given.code})`, matrixOf(given.type.columns, given.type.rows));
}

function sinCos(angle: Value, sine: Value, cosine: Value): Value {
  return value(`hlsl_sincos(${convert(angle, sine.type).code}, ${sine.code}, ${cosine.code})`, VOID);
}

function splitFraction(given: Value, whole: Value): Value {
  return value(`modf(${convert(given, whole.type).code}, ${whole.code})`, whole.type);
}

function refract(direction: Value, normal: Value, ratio: Value): Value {
  const type = floatType([direction, normal]);
  return value(`refract(${convert(direction, type).code}, ${convert(normal, type).code}, ${toFloats(ratio, 1)})`, type);
}

/** A sampler1D is a picture read along its middle. */
const SAMPLE_LINE = sample((sampler, at) => `texture(${sampler}, vec2(${toFloats(at, 1)}, 0.5))`);

const SAME_IN_GLSL =
  "sin cos tan asin acos floor ceil exp exp2 round trunc radians degrees sinh cosh tanh fract inversesqrt fwidth atan";

const INTRINSICS: ReadonlyMap<string, Intrinsic> = new Map<string, Intrinsic>([
  ...SAME_IN_GLSL.split(" ").map((name): [string, Intrinsic] => [name, plain(1, name)]),
  ...["min", "max", "step", "mod", "reflect"].map((name): [string, Intrinsic] => [name, plain(2, name)]),
  ...["clamp", "smoothstep", "mix"].map((name): [string, Intrinsic] => [name, plain(3, name)]),
  ...["tex2D", "tex2Dgrad", "tex3D", "tex3Dgrad", "texCUBE"].map((name): [string, Intrinsic] => [name, SAMPLE]),
  ["tex1D", SAMPLE_LINE],
  ["tex2Dlod", SAMPLE_LEVEL],
  ["tex3Dlod", SAMPLE_LEVEL],
  ["tex2Dbias", SAMPLE_BIAS],
  ["tex3Dbias", SAMPLE_BIAS],
  ["tex2Dproj", SAMPLE_PROJECTED],
  ["lerp", plain(3, "mix")],
  ["frac", plain(1, "fract")],
  ["ddx", plain(1, "dFdx")],
  ["ddy", plain(1, "dFdy")],
  ["atan2", plain(2, "atan")],
  ["fmod", plain(2, "hlsl_fmod")],
  ["saturate", uniform(1, (code) => `clamp(${code}, 0.0, 1.0)`)],
  // Shader models 2 and 3 take these of the number without its sign; GLSL answers NaN.
  ["pow", uniform(2, (base, exponent) => `pow(abs(${base}), ${exponent})`)],
  ["sqrt", uniform(1, (code) => `sqrt(abs(${code}))`)],
  ["rsqrt", uniform(1, (code) => `inversesqrt(abs(${code}))`)],
  ["log", uniform(1, (code) => `log(abs(${code}))`)],
  ["log2", uniform(1, (code) => `log2(abs(${code}))`)],
  ["log10", uniform(1, (code) => `(log(abs(${code})) * 0.4342944819)`)],
  ["rcp", uniform(1, (code) => `(1.0 / ${code})`)],
  ["mad", uniform(3, (a, b, c) => `(${a} * ${b} + ${c})`)],
  ["ldexp", uniform(2, (number, exponent) => `(${number} * exp2(${exponent}))`)],
  [
    "normalize",
    { arity: 1, write: (given) => plain(1, sizeOf(given as Value) === 1 ? "sign" : "normalize").write(given as Value) },
  ],
  ["abs", keepsInts("abs")],
  ["sign", keepsInts("sign")],
  ["dot", scalarOf("dot", 2)],
  ["distance", scalarOf("distance", 2)],
  ["length", scalarOf("length", 1)],
  [
    "cross",
    {
      arity: 2,
      write: (...given) =>
        value(
          `cross(${given
            .slice(0, 2)
            .map((item) => toFloats(item, 3))
            .join(", ")})`,
          floats(3),
        ),
    },
  ],
  ["refract", { arity: 3, write: refract as Write }],
  ["any", anyOrAll("any")],
  ["all", anyOrAll("all")],
  ["isnan", question("isnan")],
  ["isinf", question("isinf")],
  ["isfinite", question("hlsl_isfinite")],
  ["mul", { arity: 2, write: multiply as Write }],
  ["transpose", { arity: 1, write: transpose as Write }],
  ["determinant", scalarOf("determinant", 1)],
  ["inverse", plain(1, "inverse")],
  ["sincos", { arity: 3, write: sinCos as Write }],
  ["modf", { arity: 2, write: splitFraction as Write }],
  [
    "clip",
    { arity: 1, write: (given) => value(`hlsl_clip(${toFloats(given as Value, sizeOf(given as Value))})`, VOID) },
  ],
  // Real shader models answer `noise` at compile time only; projectM answers 0.
  ["noise", { arity: 1, write: () => value("0.0", FLOAT) }],
]);

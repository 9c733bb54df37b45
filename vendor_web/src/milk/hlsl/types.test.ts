import { expect, test } from "vitest";
import { glslType, mangled, typeNamed } from "./types";

test.each([
  ["float", "float"],
  ["float3", "vec3"],
  ["half4", "vec4"],
  ["double2", "vec2"],
  ["float1", "float"],
  ["int", "int"],
  ["uint2", "ivec2"],
  ["dword", "int"],
  ["bool3", "bvec3"],
  ["float3x3", "mat3"],
  ["float2x4", "mat2x4"],
  ["float1x3", "vec3"],
  ["matrix", "mat4"],
  ["vector", "vec4"],
  ["sampler", "sampler2D"],
  ["sampler3D", "sampler3D"],
  ["texture", "sampler2D"],
  ["void", "void"],
])("%s is %s in GLSL", (hlsl, glsl) => {
  const type = typeNamed(hlsl);
  expect(type && glslType(type)).toBe(glsl);
});

test("other words name no type", () => {
  for (const word of ["ret", "float5", "float0x2", "sampler_main", "constructor"]) expect(typeNamed(word)).toBeNull();
});

test("a preset's names get a form that GLSL leaves free", () => {
  expect(["uv2", "texture", "gl_x", "a__b", "mix"].map(mangled)).toEqual([
    "uv2_m",
    "texture_m",
    "g_lx_m",
    "a_ub_m",
    "mix_m",
  ]);
});

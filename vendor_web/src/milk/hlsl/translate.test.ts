import { describe, expect, test } from "vitest";
import { Refusal } from "../refusal";
import type { ShaderStage } from "./environment";
import { translate } from "./translate";

const shader = (body: string, header = "", stage: ShaderStage = "warp") =>
  translate(`${header}\nshader_body {\n${body}\n}`, stage);

/** The lines that a body becomes. */
function lines(body: string, header = ""): string[] {
  const code = shader(body, header);
  return code
    .slice(code.indexOf("{\n", code.indexOf("shader_body {") + 13) + 2, code.lastIndexOf("\n}\n}"))
    .split("\n");
}

/** What an expression becomes, given some variables. */
function expression(code: string): string {
  const variables = "float f; float2 v2; float3 v3; float4 v4; int i; bool b; float2x2 m2; float3x3 m3; float4x3 m43;";
  return (lines(`${code};`, variables).at(-1) ?? "").replace(/;$/, "").replace(/(\w+)_m\b/g, "$1");
}

describe("operators", () => {
  test.each([
    ["f = 1", "(f = 1.0)"],
    ["v3 = 1", "(v3 = vec3(1.0))"],
    ["v3 = v4", "(v3 = v4.xyz)"],
    ["v2 *= v3", "(v2 *= v3.xy)"],
    ["v3 = v3 * 2 + f", "(v3 = ((v3 * 2.0) + f))"],
    ["f = 1/2", "(f = float((1 / 2)))"],
    ["f = 1/2.0", "(f = (1.0 / 2.0))"],
    ["f = i * 0.5", "(f = (float(i) * 0.5))"],
    ["i *= 0.5", "(i = int((float(i) * 0.5)))"],
    ["f = f % 2", "(f = hlsl_fmod(f, 2.0))"],
    ["f %= 2", "(f = hlsl_fmod(f, 2.0))"],
    ["i = i % 2", "(i = (i % 2))"],
    ["f = v2 > 1", "(f = float(greaterThan(v2, vec2(1.0)).x))"],
    ["v2 = v2 > 1", "(v2 = vec2(greaterThan(v2, vec2(1.0))))"],
    ["f = (f > 1) * 2", "(f = float((int((f > 1.0)) * 2)))"],
    ["f = (f > 1) + (f < 2)", "(f = (float((f > 1.0)) + float((f < 2.0))))"],
    ["b = f && !i", "(b = (bool(f) && (!bool(i))))"],
    ["f = -b", "(f = (-float(b)))"],
    ["v3 = f > 1 ? v3 : 0", "(v3 = ((f > 1.0) ? v3 : vec3(0.0)))"],
    ["v2 = v2 > 1 ? 1 : v2", "(v2 = mix(v2, vec2(1.0), greaterThan(v2, vec2(1.0))))"],
    ["i = f", "(i = int(f))"],
    ["i = 7 & 3 | i", "(i = ((7 & 3) | i))"],
    ["f++", "(f++)"],
    ["v2.x += 1", "(v2.x += 1.0)"],
  ])("%s → %s", (hlsl, glsl) => {
    expect(expression(hlsl)).toBe(glsl);
  });
});

describe("parts of vectors and matrices", () => {
  test.each([
    ["v3 = f.xxx", "(v3 = vec3(f))"],
    ["v3 = 0.5.xxx", "(v3 = vec3(0.5))"],
    ["v2 = 1.rr", "(v2 = vec2(1.0))"],
    ["v3 = v4.bgr", "(v3 = v4.bgr)"],
    ["f = v4.w", "(f = v4.w)"],
    ["f = m3._m01", "(f = m3[0][1])"],
    ["f = m3._12", "(f = m3[0][1])"],
    ["v3 = m3[1]", "(v3 = m3[1])"],
    ["f = v3[i]", "(f = v3[i])"],
    ["v3 = float3(v2, 1)", "(v3 = vec3(v2, 1.0))"],
    ["v3 = (float3)1", "(v3 = vec3(1.0))"],
    ["m2 = float2x2(1, 0, 0, 1)", "(m2 = mat2(1.0, 0.0, 0.0, 1.0))"],
    ["m2 = 2", "(m2 = (mat2(1.0, 1.0, 1.0, 1.0) * 2.0))"],
  ])("%s → %s", (hlsl, glsl) => {
    expect(expression(hlsl)).toBe(glsl);
  });

  test.each(["f = v2.z", "f = v3.xg", "f = v4.xyzwx", "f = m2._m", "f = f.y"])("%s does not exist", (hlsl) => {
    expect(() => expression(hlsl)).toThrow(/has no part/);
  });
});

describe("functions of HLSL", () => {
  test.each([
    ["v3 = lerp(v3, 1, f)", "(v3 = mix(v3, vec3(1.0), vec3(f)))"],
    ["v3 = saturate(v3)", "(v3 = clamp(v3, 0.0, 1.0))"],
    ["f = frac(f)", "(f = fract(f))"],
    ["v3 = pow(v3, 2)", "(v3 = pow(abs(v3), vec3(2.0)))"],
    ["f = sqrt(-1)", "(f = sqrt(abs(float((-1)))))"],
    ["f = atan2(v2.y, v2.x)", "(f = atan(v2.y, v2.x))"],
    ["f = dot(v3, v2)", "(f = dot(v3.xy, v2))"],
    ["f = length(f)", "(f = length(f))"],
    ["f = max(f, 0)", "(f = max(f, 0.0))"],
    ["i = abs(i)", "(i = abs(i))"],
    ["f = normalize(f)", "(f = sign(f))"],
    ["f = rsqrt(f)", "(f = inversesqrt(abs(f)))"],
    ["b = any(v2)", "(b = any(bvec2(v2)))"],
    ["v2 = mul(v2, m2)", "(v2 = (m2 * v2))"],
    ["v2 = mul(m2, v2)", "(v2 = (v2 * m2))"],
    ["v3 = mul(v4, m43)", "(v3 = (m43 * v4))"],
    ["m2 = mul(m2, m2)", "(m2 = (m2 * m2))"],
    ["m2 = m2 * m2", "(m2 = matrixCompMult(m2, m2))"],
    ["f = mul(v2, v2)", "(f = dot(v2, v2))"],
    ["sincos(f, v2.x, v2.y)", "hlsl_sincos(f, v2.x, v2.y)"],
    ["f = fmod(f, 1)", "(f = hlsl_fmod(f, 1.0))"],
    ["v3 = tex2D(sampler_main, v3)", "(v3 = texture(sampler_main, v3.xy).xyz)"],
    ["v3 = tex2d(sampler_main, v2)", "(v3 = texture(sampler_main, v2).xyz)"],
    ["v3 = tex3D(sampler_noisevol_hq, v3)", "(v3 = texture(sampler_noisevol_hq, v3).xyz)"],
    ["v4 = tex2D(sampler_noisevol_lq, v3)", "(v4 = texture(sampler_noisevol_lq, v3))"],
    ["v4 = tex3D(sampler_main, v3)", "(v4 = texture(sampler_main, v3.xy))"],
    ["v4 = tex2Dlod(sampler_main, v4)", "(v4 = hlsl_texture_lod(sampler_main, v4))"],
    ["v4 = tex2Dbias(sampler_main, float4(v2, 0, 1))", "(v4 = hlsl_texture_bias(sampler_main, vec4(v2, 0.0, 1.0)))"],
  ])("%s → %s", (hlsl, glsl) => {
    expect(expression(hlsl)).toBe(glsl);
  });

  test("come with the GLSL that they need, once", () => {
    const code = shader("ret = fmod(ret, 2) + fmod(1, 2);");
    expect(code.split("float hlsl_fmod(float x")).toHaveLength(2);
    expect(shader("ret = 1;")).not.toContain("hlsl_");
  });

  test("are refused by name where they do not exist or lack values", () => {
    expect(() => expression("f = nosuch(1)")).toThrow("there is no function 'nosuch'");
    expect(() => expression("f = lerp(1, 2)")).toThrow("'lerp' needs 3 values, not 2");
    expect(() => expression("f = constructor(1)")).toThrow(Refusal);
  });
});

describe("what MilkDrop declares", () => {
  test("is there under butterchurn's names", () => {
    expect(lines("ret = q1 * roam_cos.x + GetBlur1(uv);")).toEqual([
      "(ret = ((q1 * roam_cos.x) + ((texture(sampler_blur1, uv).xyz * scale1) + bias1)));",
    ]);
  });

  test("and is replaced where butterchurn lacks it", () => {
    expect(lines("ret = mip_x + progress;")).toEqual(["(ret = vec3((log2(texsize.x) + 0.5)));"]);
    expect(lines("ret = hue_shader;")).toEqual(["(ret = vec3(1.0));"]);
    expect(shader("ret = hue_shader;", "", "comp")).toContain("(ret = hue_shader);");
    expect(lines("ret = mul(float4(1,1,1,1), rot_s1);")).toEqual(["(ret = (mat4x3(1.0) * vec4(1.0, 1.0, 1.0, 1.0)));"]);
  });

  test("may be written to: the body gets a variable for it", () => {
    const code = shader("uv += 0.1; time = 2; ret = tex2D(sampler_main, uv).xyz * time;");
    expect(code).toContain("vec2 uv_l = uv;\nfloat time_l = time;");
    expect(code).toContain(
      "(uv_l += vec2(0.1));\n(time_l = 2.0);\n(ret = (texture(sampler_main, uv_l).xyz * time_l));",
    );
  });

  test("may be written to by a function", () => {
    const code = shader("turn(uv); ret = uv.x;", "void turn(inout float2 at) { at = at.yx; }");
    expect(code).toContain("turn_m(uv_l);");
  });

  test("may be announced once more, or hidden by a variable of the preset's own", () => {
    expect(shader("ret = _qa.x;", "uniform float4 _qa; float4 texsize_clouds;")).not.toContain("_m");
    expect(lines("float time = 3; ret = time;")).toEqual(["float time_m = 3.0;", "(ret = vec3(time_m));"]);
  });
});

describe("pictures", () => {
  test("are declared in the spelling that butterchurn looks for, declared by the preset or not", () => {
    const body = "ret = tex2D(sampler_clouds2, uv).xyz + tex2D(sampler_fw_worms, uv).xyz;";
    for (const header of ["", "sampler sampler_clouds2; sampler2D sampler_fw_worms;"]) {
      expect(shader(body, header)).toMatch(
        /^uniform sampler2D sampler_clouds2;\nuniform sampler2D sampler_fw_worms;\n/,
      );
    }
  });

  test("of MilkDrop's own are found behind any filter", () => {
    expect(lines("ret = tex2D(sampler_pw_noise_mq, uv).xyz;")).toEqual(["(ret = texture(sampler_noise_mq, uv).xyz);"]);
    expect(lines("ret = tex2D(sampler_FC_main, uv).xyz;")).toEqual(["(ret = texture(sampler_fc_main, uv).xyz);"]);
  });

  test("have the size of what butterchurn shows instead", () => {
    expect(lines("ret = texsize_clouds2.x;")).toEqual(["(ret = vec3(vec4(128.0, 128.0, 0.0078125, 0.0078125).x));"]);
  });

  test("may be passed to functions, and have other names", () => {
    const code = shader("ret = look(sampler_main);", "float3 look(sampler2D s) { return tex2D(s, 0.5).xyz; }");
    expect(code).toContain("vec3 look_m(sampler2D s_m) {\nreturn texture(s_m, vec2(0.5)).xyz;\n}");
    expect(lines("sampler2D s = sampler_main; ret = tex2D(s, uv).xyz;")).toEqual([
      "(ret = texture(sampler_main, uv).xyz);",
    ]);
  });
});

describe("variables", () => {
  test("are zero until something is assigned, and get names that GLSL leaves free", () => {
    expect(lines("float mix, b = 2; float3 c[2]; int d;")).toEqual([
      "float mix_m = float(0);",
      "float b_m = 2.0;",
      "vec3 c_m[2];",
      "int d_m = int(0);",
    ]);
  });

  test("declared twice in a block are one, or hide each other where their types differ", () => {
    expect(lines("float a = 1; float a = 2; float a; float3 a = 3; ret = a;")).toEqual([
      "float a_m = 1.0;",
      "a_m = 2.0;",
      "vec3 a_m1 = vec3(3.0);",
      "(ret = a_m1);",
    ]);
  });

  test("of a loop live on behind it", () => {
    expect(lines("for (int i = 0; i < 3; i++) ret += i; for (i = 0; i < 2; i++) { ret = i; }")).toEqual([
      "int i_m = 0;",
      "for (; (i_m < 3); (i_m++)) {",
      "(ret += vec3(i_m));",
      "}",
      "(i_m = 0);",
      "for (; (i_m < 2); (i_m++)) {",
      "(ret = vec3(i_m));",
      "}",
    ]);
  });

  test("of blocks do not", () => {
    expect(() => lines("{ float a = 1; } ret = a;")).toThrow("'a' is not declared");
  });

  test("outside of the body start constant, or are set when the body starts", () => {
    const code = shader(
      "ret = a + b + c[1];",
      "float a = 2; static float b = time * 2; static const float c[2] = { 1, 2 };",
    );
    expect(code).toContain(
      "float a_m = 2.0;\nfloat b_m;\nconst float c_m[2] = float[2](1.0, 2.0);\nshader_body {\nret = vec3(0.0);\nb_m = (time * 2.0);\n{",
    );
  });

  test("take lists in braces, nested, in a row, or too short", () => {
    const list = (declaration: string) => lines(declaration)[0];
    expect(list("float3 a = { 1, 2, 3 };")).toBe("vec3 a_m = vec3(1.0, 2.0, 3.0);");
    expect(list("float2 a[2] = { { 1, 2 }, { 3, 4 } };")).toBe(
      "vec2 a_m[2] = vec2[2](vec2(1.0, 2.0), vec2(3.0, 4.0));",
    );
    expect(list("float2 a[2] = { 1, 2, 3, 4 };")).toBe("vec2 a_m[2] = vec2[2](vec2(1.0, 2.0), vec2(3.0, 4.0));");
    expect(list("float a[] = { 1, 2 };")).toBe("float a_m[2] = float[2](1.0, 2.0);");
    expect(list("float a[3] = { 1 };")).toBe("float a_m[3] = float[3](1.0, float(0), float(0));");
    expect(list("float2x2 a = { { 1, 2 }, { 3, 4 } };")).toBe("mat2 a_m = mat2(1.0, 2.0, 3.0, 4.0);");
  });
});

describe("functions of the preset's own", () => {
  test("are chosen by number and type of what they are given", () => {
    const header =
      "float f(float a) { return a; } float f(float2 a) { return a.x; } float f(float a, float b) { return b; }";
    expect(lines("ret = f(uv) + f(1) + f(1, uv);", header)).toEqual([
      "(ret = vec3(((f_m(uv) + f_m(1.0)) + f_m(1.0, uv.x))));",
    ]);
  });

  test("always return something", () => {
    expect(shader("ret = f(1);", "float3 f(float a) { if (a > 0) return 1; }")).toContain("return vec3(0);\n}");
  });

  test("may be announced before they are written", () => {
    expect(
      shader("ret = f(1);", "float f(float a); float g() { return f(2); } float f(float a) { return a; }"),
    ).toContain("float f_m(float a_m);\n");
  });

  test("use structures", () => {
    const code = shader(
      "ret = look(uv).colour;",
      "struct Seen { float3 colour; float far; }; Seen look(float2 at) { Seen s; s.colour = at.x; s.far = 1; return s; }",
    );
    expect(code).toContain("struct Seen_m { vec3 colour_m; float far_m; };");
    expect(code).toContain("Seen_m s_m = Seen_m(vec3(0), float(0));\n(s_m.colour_m = vec3(at_m.x));");
  });
});

describe("a body", () => {
  test("goes on behind a return, for butterchurn writes the result after it", () => {
    expect(lines("return 0.5; return;")).toEqual(["ret = vec3(0.5);"]);
  });

  test("never lacks a result", () => {
    expect(shader("")).toBe("\nshader_body {\nret = vec3(0.0);\n{\n\n}\n}");
  });
});

describe("what cannot be translated is refused", () => {
  const refusal = (body: string, header = ""): Refusal => {
    try {
      shader(body, header);
    } catch (error) {
      if (error instanceof Refusal) return error;
      throw error;
    }
    throw new Error("it was translated");
  };

  test("with the line where it stands", () => {
    expect(refusal("ret = 1;\nret = nosuch;").line).toBe(4);
    expect(refusal("ret =\n lerp(1);").line).toBe(4);
  });

  test("before it grows out of hand", () => {
    // `a %= b` needs its target twice, and a target may hold another one.
    const doubled = (levels: number) => `int i; int a[2]; ${"a[".repeat(levels)}i${" %= 2]".repeat(levels)} = 1;`;
    expect(shader(doubled(2))).toContain("a_m[(a_m[(i_m = (i_m % 2))] = (a_m[(i_m = (i_m % 2))] % 2))]");
    expect(refusal(doubled(40)).message).toMatch(/too long/);
    const many = `float4x4 a; ${"a = 1;\n".repeat(45_000)}`;
    expect(refusal(many).message).toMatch(/too long/);
  });
});

/** GLSL functions for what HLSL has and GLSL lacks; a shader gets those that it calls. */

const SIZES = ["float", "vec2", "vec3", "vec4"];
const SAMPLERS = [
  ["sampler2D", "xy"],
  ["sampler3D", "xyz"],
];

const HELPERS: Record<string, string[]> = {
  hlsl_fmod: SIZES.map((type) => `${type} hlsl_fmod(${type} x, ${type} y) { return x - y * trunc(x / y); }`),
  hlsl_sincos: SIZES.map(
    (type) => `void hlsl_sincos(${type} x, out ${type} s, out ${type} c) { s = sin(x); c = cos(x); }`,
  ),
  hlsl_clip: SIZES.map((type) => {
    const isNegative = type === "float" ? "x < 0.0" : `any(lessThan(x, ${type}(0.0)))`;
    return `void hlsl_clip(${type} x) { if (${isNegative}) discard; }`;
  }),
  hlsl_isfinite: SIZES.map((type) => {
    if (type === "float") return "bool hlsl_isfinite(float x) { return abs(x) < 3.0e38; }";
    return `b${type} hlsl_isfinite(${type} x) { return lessThan(abs(x), ${type}(3.0e38)); }`;
  }),
  hlsl_texture_lod: SAMPLERS.map(
    ([type, place]) => `vec4 hlsl_texture_lod(${type} s, vec4 p) { return textureLod(s, p.${place}, p.w); }`,
  ),
  hlsl_texture_bias: SAMPLERS.map(
    ([type, place]) => `vec4 hlsl_texture_bias(${type} s, vec4 p) { return texture(s, p.${place}, p.w); }`,
  ),
};

export function helpersFor(code: string): string[] {
  return Object.entries(HELPERS).flatMap(([name, lines]) => (code.includes(name) ? lines : []));
}

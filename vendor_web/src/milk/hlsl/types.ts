/** The types of HLSL, and how GLSL writes them. */

/** A `literal` is a whole number as written: HLSL lets `1/2` be 0 and `0.5*2` be 1. */
export type Base = "float" | "int" | "bool" | "literal";

export interface Numeric {
  kind: "numeric";
  base: Base;
  size: number;
}

/** HLSL counts rows first; GLSL's `mat4x3`, filled in the same order, is its transpose. */
export interface Matrix {
  kind: "matrix";
  rows: number;
  columns: number;
}

export interface Sampler {
  kind: "sampler";
  dimensions: 2 | 3;
}

export interface Struct {
  kind: "struct";
  name: string;
  fields: ReadonlyMap<string, Type>;
}

export interface ArrayOf {
  kind: "array";
  element: Type;
  /** As GLSL: a number or the name of a constant; "" where the initialiser tells. */
  length: string;
}

export type Type = Numeric | Matrix | Sampler | Struct | ArrayOf | { kind: "void" };

export const VOID: Type = { kind: "void" };
export const FLOAT = numeric("float", 1);
export const INT = numeric("int", 1);
export const BOOL = numeric("bool", 1);
export const LITERAL = numeric("literal", 1);

const SCALAR_OR_VECTOR = /^(float|half|double|fixed|min16float|u?int|dword|bool)([1-4])?$/;
const MATRIX = /^(?:float|half|double|int)([1-4])x([1-4])$/;
const SAMPLER = /^(?:sampler|sampler1D|sampler2D|samplerCUBE|texture|texture2D|Texture2D)$/;

export function numeric(base: Base, size: number): Numeric {
  return { kind: "numeric", base, size };
}

export function floats(size: number): Numeric {
  return numeric("float", size);
}

/** Finds the type that a word names, or null where it names none. */
export function typeNamed(name: string): Type | null {
  const scalar = SCALAR_OR_VECTOR.exec(name);
  if (scalar !== null) return numeric(baseNamed(scalar[1] ?? ""), Number(scalar[2] ?? 1));
  const matrix = MATRIX.exec(name);
  if (matrix !== null) return matrixOf(Number(matrix[1]), Number(matrix[2]));
  if (name === "matrix") return matrixOf(4, 4);
  if (name === "vector") return floats(4);
  if (name === "void") return VOID;
  if (name === "sampler3D") return { kind: "sampler", dimensions: 3 };
  return SAMPLER.test(name) ? { kind: "sampler", dimensions: 2 } : null;
}

/** GLSL has no matrix with one row or column: it is a vector. */
export function matrixOf(rows: number, columns: number): Matrix | Numeric {
  return rows === 1 || columns === 1 ? floats(rows * columns) : { kind: "matrix", rows, columns };
}

function baseNamed(name: string): Base {
  if (/^(?:u?int|dword)$/.test(name)) return "int";
  return name === "bool" ? "bool" : "float";
}

/** Spells a type as GLSL does. */
export function glslType(type: Type): string {
  switch (type.kind) {
    case "numeric":
      return numericType(type);
    case "matrix":
      return type.rows === type.columns ? `mat${type.rows}` : `mat${type.rows}x${type.columns}`;
    case "sampler":
      return type.dimensions === 3 ? "sampler3D" : "sampler2D";
    case "struct":
      return mangled(type.name);
    case "array":
      return `${glslType(type.element)}[${type.length}]`;
    case "void":
      return "void";
  }
}

function numericType({ base, size }: Numeric): string {
  const scalar = base === "literal" ? "int" : base;
  if (size === 1) return scalar;
  return `${{ float: "", int: "i", bool: "b" }[scalar]}vec${size}`;
}

/** Numbers that a value of this type takes when it is filled. */
export function componentCount(type: Type): number {
  if (type.kind === "numeric") return type.size;
  return type.kind === "matrix" ? type.rows * type.columns : 1;
}

export function isSameType(left: Type, right: Type): boolean {
  return glslType(left) === glslType(right);
}

/** Gives a preset's own name a form that is neither a word of GLSL nor a name of butterchurn's. */
export function mangled(name: string): string {
  return `${name.replace(/__+/g, "_u").replace(/^gl_/, "g_l")}_m`;
}

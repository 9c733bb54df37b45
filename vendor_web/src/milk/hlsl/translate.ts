/** A MilkDrop 2 shader in HLSL to one of butterchurn's, in GLSL ES 3.00. */

import { Refusal } from "../refusal";
import { assignedNames } from "./assigned";
import { ExpressionEmitter } from "./emit-expression";
import type { Signature } from "./emit-expression";
import { StatementEmitter, glslDeclaration, isConstant } from "./emit-statement";
import { builtin } from "./environment";
import type { ShaderStage } from "./environment";
import { helpersFor } from "./helpers";
import { WRITING_INTRINSICS } from "./intrinsics";
import { parseShader } from "./parse";
import { preprocess } from "./preprocess";
import { Scope } from "./scope";
import type { Declaration, Declarator, FunctionDefinition, Parameter, Statement, TopLevel } from "./syntax";
import { glslType, mangled } from "./types";
import type { Type } from "./types";
import { value, zeroOf } from "./value";
import type { Value } from "./value";

/** Throws a Refusal, with the line of the shader, for what it cannot translate. */
export function translate(text: string, stage: ShaderStage): string {
  const { header, body } = parseShader(preprocess(text));
  const translation = new Translation(stage);
  const declarations = header
    .map((part) => translation.topLevel(part))
    .filter(Boolean)
    .join("\n");
  const main = translation.body(body);
  const code = `${declarations}\nshader_body {\n${main}\n}`;
  // Butterchurn finds a preset's pictures by exactly this spelling.
  const pictures = translation.pictures().map((name) => `uniform sampler2D ${name};`);
  return [...pictures, ...helpersFor(code), code].join("\n");
}

class Translation {
  readonly #scope = new Scope();
  readonly #expressions: ExpressionEmitter;
  readonly #statements: StatementEmitter;
  /** Globals whose first value GLSL does not take for constant get it when the body starts. */
  readonly #initials: string[] = [];

  constructor(readonly stage: ShaderStage) {
    this.#expressions = new ExpressionEmitter(stage, this.#scope);
    this.#statements = new StatementEmitter(this.#expressions);
  }

  pictures(): string[] {
    return [...this.#expressions.pictures];
  }

  topLevel(part: TopLevel): string {
    switch (part.kind) {
      case "struct": {
        const fields = [...part.struct.fields].map(([name, type]) => ` ${glslType(type)} ${name}_m;`);
        return `struct ${glslType(part.struct)} {${fields.join("")} };`;
      }
      case "function":
        return this.#function(part);
      case "declaration":
        return this.#globals(part);
    }
  }

  body(statements: readonly Statement[]): string {
    const copies = this.#copiesFor(statements);
    const declared = [...copies].map(([name, copy]) => `${glslType(copy.type)} ${copy.code} = ${this.#uniform(name)};`);
    this.#expressions.copies = copies;
    this.#statements.result = null;
    const main = this.#scope.within(() => this.#statements.emitAll(statements));
    return [...declared, "ret = vec3(0.0);", ...this.#initials, "{", main, "}"].join("\n");
  }

  /** Presets write to uniforms, `uv` above all; GLSL allows that to variables only. */
  #copiesFor(statements: readonly Statement[]): Map<string, Value> {
    const copies = new Map<string, Value>();
    const writes = (name: string) =>
      WRITING_INTRINSICS.has(name) ||
      (this.#expressions.functions.get(name) ?? []).some(({ parameters }) =>
        parameters.some(({ isWritten }) => isWritten),
      );
    for (const name of assignedNames(statements, writes)) {
      const found = builtin(name, this.stage);
      const isOwn = name === "ret" || this.#scope.find(name) !== undefined;
      if (found !== undefined && found.type.kind !== "sampler" && !isOwn)
        copies.set(name, value(`${name}_l`, found.type));
    }
    return copies;
  }

  #uniform(name: string): string {
    return (builtin(name, this.stage) as Value).code;
  }

  #globals(declaration: Declaration): string {
    if (declaration.type.kind === "sampler") return this.#samplers(declaration);
    return declaration.declarators
      .map((declarator) => this.#global(declarator, declaration.qualifiers))
      .filter(Boolean)
      .join("\n");
  }

  /** `sampler sampler_clouds;` says nothing that its use does not say; other names need the picture's spelling. */
  #samplers({ declarators }: Declaration): string {
    for (const { name, type, initial } of declarators) {
      if (builtin(name, this.stage) !== undefined || name.startsWith("sampler_")) continue;
      if (initial !== null) this.#scope.alias(name, this.#expressions.initial(initial, type));
      else this.#scope.alias(name, this.#expressions.emit(pictureNamed(name)));
    }
    return "";
  }

  #global(declarator: Declarator, qualifiers: ReadonlySet<string>): string {
    const { name, initial, line } = declarator;
    const isOwn = qualifiers.has("static") || qualifiers.has("const") || initial !== null;
    // `float4 texsize_clouds;` and `float4 _qa;` announce what is there anyway.
    if (name.startsWith("texsize_") || (builtin(name, this.stage) !== undefined && !isOwn)) return "";
    const type = this.#statements.typeOf(declarator);
    const given = initial === null ? null : this.#expressions.initial(initial, type);
    const { variable, isNew } = this.#scope.declare(name, given?.type.kind === "array" ? given.type : type);
    if (variable.type.kind === "array" && variable.type.length === "")
      throw new Refusal(`the array '${name}' has no length`, line);
    const head = glslDeclaration(variable.type, variable.code);
    if (isNew && initial !== null && given !== null && isConstant(initial)) {
      return `${qualifiers.has("const") ? "const " : ""}${head} = ${given.code};`;
    }
    if (given !== null) this.#initials.push(`${variable.code} = ${given.code};`);
    return isNew ? `${head};` : "";
  }

  #function(definition: FunctionDefinition): string {
    const { name, result, body } = definition;
    return this.#scope.within(() => {
      const parameters = definition.parameters.map((parameter) => this.#parameter(parameter));
      const head = `${glslType(result)} ${mangled(name)}(${parameters.map(({ code }) => code).join(", ")})`;
      this.#register(name, { code: mangled(name), result, parameters });
      if (body === null) return `${head};`;
      this.#statements.result = result;
      const code = this.#statements.emitAll(body);
      const needsReturn = result.kind !== "void" && body.at(-1)?.kind !== "return";
      return `${head} {\n${code}${needsReturn ? `\nreturn ${zeroOf(result)};` : ""}\n}`;
    });
  }

  #parameter(parameter: Parameter): { code: string; type: Type; isWritten: boolean } {
    const { name, qualifiers } = parameter;
    const type = this.#statements.typeOf(parameter);
    const { variable } = this.#scope.declare(name, type);
    const isInOut = qualifiers.has("inout") || (qualifiers.has("in") && qualifiers.has("out"));
    const direction = isInOut ? "inout " : qualifiers.has("out") ? "out " : "";
    return { code: direction + glslDeclaration(type, variable.code), type, isWritten: direction !== "" };
  }

  #register(name: string, signature: Signature): void {
    const overloads = this.#expressions.functions.get(name);
    if (overloads === undefined) this.#expressions.functions.set(name, [signature]);
    else overloads.push(signature);
  }
}

function pictureNamed(name: string) {
  return { kind: "name", name: `sampler_${name}`, line: 0, depth: 1 } as const;
}

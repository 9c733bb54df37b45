/** The syntax tree of a shader: what the parser hands to the emitter. */

import type { Struct, Type } from "./types";

interface Node {
  line: number;
  /** Levels below this one; the parser refuses what is too deep to walk. */
  depth: number;
}

export type Expression = Node &
  (
    | { kind: "number"; text: string }
    | { kind: "truth"; value: boolean }
    | { kind: "name"; name: string }
    | { kind: "call"; name: string; arguments: Expression[] }
    | { kind: "construct"; type: Type; arguments: Expression[] }
    | { kind: "cast"; type: Type; value: Expression }
    | { kind: "member"; of: Expression; name: string }
    | { kind: "index"; of: Expression; index: Expression }
    | { kind: "unary"; operator: string; value: Expression }
    | { kind: "postfix"; operator: string; value: Expression }
    | { kind: "binary"; operator: string; left: Expression; right: Expression }
    | { kind: "assign"; operator: string; target: Expression; value: Expression }
    | { kind: "choice"; condition: Expression; yes: Expression; no: Expression }
    | { kind: "sequence"; items: Expression[] }
    | { kind: "list"; items: Expression[] }
  );

/** One name of a declaration: `float a = 1, b[2];` has two. */
export interface Declarator {
  line: number;
  name: string;
  type: Type;
  /** Of `b[2]`, the 2; null for what is no array, undefined for `b[]`. */
  length: Expression | null | undefined;
  initial: Expression | null;
}

export interface Declaration {
  kind: "declaration";
  qualifiers: ReadonlySet<string>;
  type: Type;
  declarators: Declarator[];
}

export type Statement =
  | { kind: "empty" }
  | { kind: "expression"; value: Expression }
  | Declaration
  | { kind: "block"; statements: Statement[] }
  | { kind: "if"; condition: Expression; yes: Statement; no: Statement | null }
  | { kind: "for"; first: Statement; condition: Expression | null; step: Expression | null; body: Statement }
  | { kind: "while"; condition: Expression; body: Statement }
  | { kind: "do"; condition: Expression; body: Statement }
  | { kind: "return"; value: Expression | null }
  | { kind: "jump"; word: "break" | "continue" | "discard" };

export interface Parameter extends Declarator {
  qualifiers: ReadonlySet<string>;
}

export interface FunctionDefinition {
  kind: "function";
  line: number;
  name: string;
  result: Type;
  parameters: Parameter[];
  /** Null of a function that is only announced. */
  body: Statement[] | null;
}

export type TopLevel = FunctionDefinition | Declaration | { kind: "struct"; struct: Struct };

export interface Shader {
  header: TopLevel[];
  body: Statement[];
}

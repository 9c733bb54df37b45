/** Which names a shader's body writes to: a uniform among them must become a variable. */

import type { Expression, Statement } from "./syntax";

/** `writesArguments` tells functions that write into what they are given. */
export function assignedNames(
  body: readonly Statement[],
  writesArguments: (name: string) => boolean,
): ReadonlySet<string> {
  const names = new Set<string>();

  const target = (expression: Expression): void => {
    if (expression.kind === "name") names.add(expression.name);
    if (expression.kind === "member" || expression.kind === "index") target(expression.of);
  };
  const visit = (expression: Expression): void => {
    if (expression.kind === "assign") target(expression.target);
    if (expression.kind === "postfix" || (expression.kind === "unary" && expression.operator.length === 2))
      target(expression.value);
    if (expression.kind === "call" && writesArguments(expression.name)) expression.arguments.forEach(target);
    childrenOf(expression).forEach(visit);
  };
  const walk = (statement: Statement): void => {
    expressionsOf(statement).forEach(visit);
    statementsOf(statement).forEach(walk);
  };
  body.forEach(walk);
  return names;
}

function childrenOf(expression: Expression): Expression[] {
  switch (expression.kind) {
    case "number":
    case "truth":
    case "name":
      return [];
    case "call":
    case "construct":
      return expression.arguments;
    case "sequence":
    case "list":
      return expression.items;
    case "cast":
    case "unary":
    case "postfix":
      return [expression.value];
    case "member":
      return [expression.of];
    case "index":
      return [expression.of, expression.index];
    case "binary":
      return [expression.left, expression.right];
    case "assign":
      return [expression.target, expression.value];
    case "choice":
      return [expression.condition, expression.yes, expression.no];
  }
}

function expressionsOf(statement: Statement): Expression[] {
  switch (statement.kind) {
    case "empty":
    case "block":
    case "jump":
      return [];
    case "expression":
      return [statement.value];
    case "declaration":
      return statement.declarators.flatMap(({ length, initial }) => [length, initial].filter(isPresent));
    case "if":
    case "while":
    case "do":
      return [statement.condition];
    case "for":
      return [statement.condition, statement.step].filter(isPresent);
    case "return":
      return [statement.value].filter(isPresent);
  }
}

function statementsOf(statement: Statement): Statement[] {
  switch (statement.kind) {
    case "block":
      return statement.statements;
    case "if":
      return [statement.yes, statement.no].filter(isPresent);
    case "for":
      return [statement.first, statement.body];
    case "while":
    case "do":
      return [statement.body];
    default:
      return [];
  }
}

function isPresent<T>(item: T | null | undefined): item is T {
  return item !== null && item !== undefined;
}

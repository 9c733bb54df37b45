/** Names of variables, block within block. */

import { isSameType, mangled } from "./types";
import type { Type } from "./types";
import type { Value } from "./value";

export interface Declared {
  variable: Value;
  /** False where the block has this very variable already. */
  isNew: boolean;
}

export class Scope {
  #blocks: Map<string, Value>[] = [new Map()];
  #renamed = 0;

  /**
   * Real presets declare a variable twice in one block: of the same type it is the same variable, of another type the
   * later one hides the earlier.
   */
  declare(name: string, type: Type): Declared {
    const block = this.#innermost();
    const standing = block.get(name);
    if (standing !== undefined && type.kind !== "array" && isSameType(standing.type, type)) {
      return { variable: standing, isNew: false };
    }
    const code = standing === undefined ? mangled(name) : `${mangled(name)}${++this.#renamed}`;
    const variable = { code, type };
    block.set(name, variable);
    return { variable, isNew: true };
  }

  /** Lets a name stand for something that is declared already. */
  alias(name: string, variable: Value): void {
    this.#innermost().set(name, variable);
  }

  find(name: string): Value | undefined {
    return this.#blocks.findLast((block) => block.has(name))?.get(name);
  }

  within<T>(work: () => T): T {
    this.#blocks.push(new Map());
    const result = work();
    this.#blocks.pop();
    return result;
  }

  #innermost(): Map<string, Value> {
    return this.#blocks.at(-1) as Map<string, Value>;
  }
}

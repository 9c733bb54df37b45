/** What eel-wasm's own declarations say, where its package.json hides them from a bundler's resolution. */
declare module "eel-wasm" {
  export function compileModule(options: {
    pools: Record<string, Set<string>>;
    functions: Record<string, { pool: string; code: string }>;
    eelVersion?: 1 | 2;
  }): Uint8Array;
}

/** What the page remembers from one visit to the next; where the browser keeps nothing, until it is left. */

const unkept = new Map<string, string>();

export function kept(key: string): string | null {
  return unkept.get(key) ?? ifAllowed(() => localStorage.getItem(key)) ?? null;
}

export function keep(key: string, text: string): void {
  unkept.set(key, text);
  ifAllowed(() => {
    localStorage.setItem(key, text);
    unkept.delete(key); // a driver may write it too
  });
}

/** Storage may be full, or forbidden to the page: that is no reason to stop. */
function ifAllowed<T>(work: () => T): T | null {
  try {
    return work();
  } catch (error) {
    if (error instanceof DOMException) return null;
    throw error;
  }
}

/** One key for each thing a person does often. */

export type Keys = Readonly<Record<string, () => void>>;

/** Acts on keys, unless the focus is on a control that needs this key itself. */
export function listen(keys: Keys): void {
  addEventListener("keydown", (event) => {
    const act = keys[event.key.toLowerCase()];
    if (act === undefined || event.repeat || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target instanceof Element && needs(event.target, event.key)) return;
    event.preventDefault();
    act();
  });
}

/** Buttons and boxes are pressed with the space bar; lists, sliders and texts have a use for any key. */
function needs(element: Element, key: string): boolean {
  if (element.matches("button, input[type=checkbox], input[type=file]")) return key === " ";
  return element.matches("input, select, textarea");
}

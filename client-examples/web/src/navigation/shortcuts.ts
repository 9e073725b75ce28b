import { VIEWS, type View } from "./routes";

export interface Keys {
  key: string;
  altKey: boolean;
  ctrlKey: boolean;
  metaKey: boolean;
  target: EventTarget | null;
}

/** Where a key leads from anywhere: Alt and a digit, Ctrl or ⌘ with K, / and ? outside of fields. */
export function viewShortcut({ key, altKey, ctrlKey, metaKey, target }: Keys): View | "help" | null {
  if (altKey && !ctrlKey && !metaKey) return VIEWS[Number(key) - 1] ?? null;
  if ((ctrlKey || metaKey) && key.toLowerCase() === "k") return "search";
  if (ctrlKey || metaKey || altKey || isField(target)) return null;
  if (key === "/") return "search";
  return key === "?" ? "help" : null;
}

function isField(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.matches("input, textarea, select, [contenteditable]");
}

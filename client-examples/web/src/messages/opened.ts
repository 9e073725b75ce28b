import { createContext, use, useMemo, useState } from "react";

/**
 * Which of the long messages the reader has opened. They are known by their texts: nothing else stays
 * the same when a message on its way is sent, and a row forgets what it was when it leaves the list.
 */
export interface Opened {
  isOpened(text: string): boolean;
  toggle(text: string): void;
}

export const OpenedContext = createContext<Opened | null>(null);

export function useOpened(): Opened {
  const opened = use(OpenedContext);
  if (opened === null) throw new Error("useOpened needs an OpenedContext around it.");
  return opened;
}

/** What is opened in one conversation: nothing, at first. */
export function useNewOpened(): Opened {
  const [texts, setTexts] = useState<ReadonlySet<string>>(new Set());
  return useMemo(
    () => ({
      isOpened: (text) => texts.has(text),
      toggle: (text) => setTexts((before) => toggled(before, text)),
    }),
    [texts],
  );
}

function toggled(texts: ReadonlySet<string>, text: string): ReadonlySet<string> {
  const changed = new Set(texts);
  if (!changed.delete(text)) changed.add(text);
  return changed;
}

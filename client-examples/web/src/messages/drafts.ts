import { useCallback, useState } from "react";

import { remember, remembered } from "../ui/storage";

/** A text that survives a reload until it is sent. `key` tells whose it is and what it is for. */
export function useDraft(key: string, initial = ""): [string, (text: string) => void] {
  const name = `parley.draft.${key}`;
  const [text, setText] = useState(() => remembered(name) ?? initial);
  const change = useCallback(
    (next: string) => {
      setText(next);
      remember(name, next === "" || next === initial ? null : next);
    },
    [name, initial],
  );
  return [text, change];
}

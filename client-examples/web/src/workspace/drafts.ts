import { useCallback, useState } from "react";

import { remember, remembered, rememberedKeys } from "../browser/storage";
import { useViewer } from "../session/session";

const drafts = (viewerId: string) => `parley.draft.${viewerId}.`;

/** A text of the viewer's that survives a reload until it is sent. `key` tells what it is for. */
export function useDraft(key: string, initial = ""): [string, (text: string) => void] {
  const name = drafts(useViewer().id) + key;
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

/** Keeps a text for who next uses the draft of this key. */
export function keepDraft(viewerId: string, key: string, text: string): void {
  remember(drafts(viewerId) + key, text);
}

/** Forgets all that somebody has typed and not sent. */
export function forgetDrafts(viewerId: string): void {
  for (const name of rememberedKeys(drafts(viewerId))) remember(name, null);
}

import { remember, remembered, rememberedKeys } from "../browser/storage";
import type { Shelf, Unsent } from "./outbox";

/** What one person has not sent yet, in this browser. */
export function browserShelf(viewerId: string): Shelf {
  const prefix = `parley.unsent.${viewerId}.`;
  return {
    load: () => rememberedKeys(prefix).flatMap(read).sort((one, other) => (one.at < other.at ? -1 : 1)),
    keep: (unsent) => remember(prefix + unsent.clientMessageId, JSON.stringify(unsent)),
    forget: (clientMessageId) => remember(prefix + clientMessageId, null),
  };
}

function read(key: string): Unsent[] {
  try {
    return [JSON.parse(remembered(key) ?? "") as Unsent];
  } catch {
    return []; // not ours
  }
}

import type { Unsent } from "../workspace/outbox";
import type { Message } from "./window";

/**
 * What is still to be shown as on its way. A message's event may come before the answer to its
 * sender: then the message is there already, and must not be seen twice.
 */
export function unseen(
  unsent: readonly Unsent[],
  messages: readonly Message[],
  viewerId: string,
): Unsent[] {
  const taken = new Set<string>();
  return unsent.filter(({ body, afterId, problem }) => {
    if (problem !== null) return true;
    const from = messages.findIndex(({ id }) => id === afterId) + 1;
    const twin = messages
      .slice(from)
      .find((each) => each.body === body && each.sender?.user?.id === viewerId && !taken.has(each.id));
    if (twin) taken.add(twin.id);
    return !twin;
  });
}

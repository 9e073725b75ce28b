import type { Client } from "urql";
import { pipe, subscribe } from "wonka";

import { InboxDocument, type InboxSubscription } from "../generated/graphql";
import { Resume } from "./resume";

export type InboxEvent = InboxSubscription["inboxEvents"];

interface Options {
  /** The cursor from before anything was read. */
  cursor: string;
  onEvent(event: InboxEvent): void;
  /** Called when events may have been missed: all must be fetched anew, with another cursor. */
  onLost(): void;
  renew(): Promise<void>;
}

/** Follows all that happens, for good. The cache has taken in each event before `onEvent` sees it. */
export function followInbox(client: Client, { cursor, onEvent, onLost, renew }: Options): () => void {
  const endless = { resume: new Resume(cursor), onLost, renew };
  const { unsubscribe } = pipe(
    client.subscription(InboxDocument, { after: cursor }, { endless }),
    subscribe(({ data }) => {
      if (!data) return;
      const event = data.inboxEvents;
      if (event.conversationEvent?.__typename === "ResetEvent") onLost();
      else onEvent(event);
    }),
  );
  return unsubscribe;
}

import { useEffect, useState } from "react";
import { useClient } from "urql";
import { pipe, subscribe } from "wonka";

import { useWorkspace } from "../app/workspace";
import { PresenceDocument, type PresenceSubscription } from "../generated/graphql";
import { Store, useStore } from "../live/stores";

type Change = PresenceSubscription["presence"];

/** Who is in a conversation now, and who types: id → name. */
export interface Presence {
  present: Readonly<Record<string, string>>;
  typing: Readonly<Record<string, string>>;
}

export const NOBODY: Presence = { present: {}, typing: {} };
/** Who is not heard of again for so long has stopped typing. */
export const TYPING_MILLISECONDS = 5_000;

export function after(presence: Presence, { kind, user }: Change): Presence {
  if (!user) return presence;
  const { id, name } = user;
  switch (kind) {
    case "CAME":
      return { ...presence, present: { ...presence.present, [id]: name } };
    case "LEFT":
      return { present: without(presence.present, id), typing: without(presence.typing, id) };
    case "TYPING":
      return { ...presence, typing: { ...presence.typing, [id]: name } };
  }
}

export function stopped(presence: Presence, id: string): Presence {
  return { ...presence, typing: without(presence.typing, id) };
}

function without(names: Readonly<Record<string, string>>, id: string): Record<string, string> {
  return Object.fromEntries(Object.entries(names).filter(([each]) => each !== id));
}

/** The others in a conversation. While it is used, the viewer is present there as well. */
export function usePresence(conversationId: string, viewerId: string): Presence {
  const client = useClient();
  const { hear: hearInbox } = useWorkspace();
  const [store] = useState(() => new Store(NOBODY));
  useEffect(
    () =>
      hearInbox(({ conversationId: where, conversationEvent }) => {
        if (where !== conversationId || conversationEvent?.__typename !== "MessageAddedEvent") return;
        const sender = conversationEvent.message.sender?.user;
        // What they were typing is here.
        if (sender) store.set(stopped(store.get(), sender.id));
      }),
    [hearInbox, conversationId, store],
  );
  useEffect(() => {
    const timers = new Map<string, ReturnType<typeof setTimeout>>();
    const hear = (change: Change) => {
      const id = change.user?.id;
      if (id === undefined || id === viewerId) return;
      store.set(after(store.get(), change));
      clearTimeout(timers.get(id));
      if (change.kind !== "TYPING") return;
      timers.set(id, setTimeout(() => store.set(stopped(store.get(), id)), TYPING_MILLISECONDS));
    };
    const { unsubscribe } = pipe(
      client.subscription(PresenceDocument, { conversationId }),
      subscribe(({ data }) => data && hear(data.presence)),
    );
    return () => {
      unsubscribe();
      timers.forEach(clearTimeout);
      store.set(NOBODY);
    };
  }, [client, conversationId, viewerId, store]);
  return useStore(store);
}

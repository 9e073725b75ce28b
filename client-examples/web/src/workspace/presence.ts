import type { Client } from "urql";
import { pipe, subscribe, type Subscription } from "wonka";

import { PresenceDocument, type PresenceSubscription } from "../generated/graphql";
import type { Line } from "../graphql/socket";
import type { InboxEvent } from "../live/inbox";
import { Store, type Readable } from "../live/stores";

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

interface Surroundings {
  client: Client;
  viewerId: string;
  line: Readable<Line>;
  hear(listener: (event: InboxEvent) => void): () => void;
}

/** Where the viewer is present themselves, or only watches from outside. */
export type Part = "present" | "watching";

/** Who else is in one conversation, for all parts of the page that look at it. */
class Room extends Store<Presence> {
  readonly #around: Surroundings;
  readonly #conversationId: string;
  readonly #part: Part;
  readonly #timers = new Map<string, ReturnType<typeof setTimeout>>();
  #lookers = 0;
  #stops: (() => void)[] = [];
  #subscription: Subscription | null = null;

  constructor(around: Surroundings, conversationId: string, part: Part) {
    super(NOBODY);
    this.#around = around;
    this.#conversationId = conversationId;
    this.#part = part;
  }

  /** Looks into it, until the function that it gives is called. */
  readonly enter = (): (() => void) => {
    if (this.#lookers++ === 0) this.#begin();
    return () => {
      if (--this.#lookers === 0) this.#end();
    };
  };

  #begin(): void {
    const { line, hear } = this.#around;
    this.#stops = [line.subscribe(this.#follow), hear(this.#hearInbox)];
    this.#follow();
  }

  #end(): void {
    for (const stop of this.#stops) stop();
    this.#forget();
  }

  /** Who left during a cut is told to nobody: one asks anew, when the line is there again. */
  readonly #follow = (): void => {
    this.#forget();
    if (this.#around.line.get() !== "open") return;
    const variables = { conversationId: this.#conversationId, watching: this.#part === "watching" };
    this.#subscription = pipe(
      this.#around.client.subscription(PresenceDocument, variables),
      subscribe(({ data }) => data && this.#hear(data.presence)),
    );
  };

  #forget(): void {
    this.#subscription?.unsubscribe();
    this.#subscription = null;
    this.#timers.forEach(clearTimeout);
    this.set(NOBODY);
  }

  #hear(change: Change): void {
    const id = change.user?.id;
    if (id === undefined || id === this.#around.viewerId) return;
    this.set(after(this.get(), change));
    clearTimeout(this.#timers.get(id));
    if (change.kind !== "TYPING") return;
    const stop = () => this.set(stopped(this.get(), id));
    this.#timers.set(id, setTimeout(stop, TYPING_MILLISECONDS));
  }

  /** What somebody was typing is here. */
  readonly #hearInbox = ({ conversationId, conversationEvent: event }: InboxEvent): void => {
    if (conversationId !== this.#conversationId) return;
    if (event?.__typename !== "MessageAddedEvent") return;
    const sender = event.message.sender?.user;
    if (sender) this.set(stopped(this.get(), sender.id));
  };
}

/** The rooms of all conversations, in which the viewer is and which they watch. */
export class Rooms {
  readonly #around: Surroundings;
  readonly #rooms = new Map<string, Room>();

  constructor(around: Surroundings) {
    this.#around = around;
  }

  of(conversationId: string, part: Part): Room {
    const key = `${part} ${conversationId}`;
    const known = this.#rooms.get(key);
    if (known) return known;
    const made = new Room(this.#around, conversationId, part);
    this.#rooms.set(key, made);
    return made;
  }
}

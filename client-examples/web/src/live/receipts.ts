import type { InboxEvent } from "./inbox";
import { Store } from "./stores";

/** How far somebody has come in a conversation: the greatest `seq` that reached them, and that they read. */
export interface Reached {
  name: string;
  deliveredSeq: number;
  readSeq: number;
}

export type ByUser = Readonly<Record<string, Reached>>;

/** What was told of receipts since the page was opened, by conversation and user. */
export class Receipts extends Store<Readonly<Record<string, ByUser>>> {
  constructor() {
    super({});
  }

  hear({ conversationEvent: event, conversationId }: InboxEvent, viewerId: string): void {
    if (conversationId === null || !event) return;
    if (event.__typename !== "MessagesReadEvent" && event.__typename !== "MessagesDeliveredEvent") {
      return;
    }
    const { user, upToSeq } = event;
    if (!user || user.id === viewerId || upToSeq === null) return;
    const readSeq = event.__typename === "MessagesReadEvent" ? upToSeq : 0;
    const told = { [user.id]: { name: user.name, deliveredSeq: upToSeq, readSeq } };
    const before = this.get();
    this.set({ ...before, [conversationId]: together(before[conversationId] ?? {}, told) });
  }
}

/** The farther of what two sources say of each. */
export function together(one: ByUser, other: ByUser): ByUser {
  const all: Record<string, Reached> = { ...one };
  for (const [id, reached] of Object.entries(other)) {
    const known = all[id];
    all[id] = {
      name: reached.name,
      deliveredSeq: Math.max(known?.deliveredSeq ?? 0, reached.deliveredSeq),
      readSeq: Math.max(known?.readSeq ?? 0, reached.readSeq),
    };
  }
  return all;
}

/** Who has read the message with this `seq`, and whom it has reached. */
export function reachedBy(seq: number, people: ByUser): { seen: string[]; delivered: string[] } {
  const all = Object.values(people);
  return {
    seen: all.filter(({ readSeq }) => readSeq >= seq).map(({ name }) => name),
    delivered: all.filter(({ deliveredSeq }) => deliveredSeq >= seq).map(({ name }) => name),
  };
}

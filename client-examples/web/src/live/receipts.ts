import type { InboxEvent } from "./inbox";
import { Store } from "./stores";

/** Who has seen a conversation since this page was opened: name → the newest message they saw. */
export type Seen = Readonly<Record<string, string>>;

/** Receipts by conversation. The server tells them as they happen, and keeps none for later. */
export class Receipts extends Store<Readonly<Record<string, Seen>>> {
  constructor() {
    super({});
  }

  hear({ conversationEvent, conversation }: InboxEvent, viewerId: string): void {
    if (conversationEvent?.__typename !== "MessagesReadEvent" || !conversation) return;
    const { user } = conversationEvent;
    const newest = conversation.lastMessage?.id;
    if (!user || user.id === viewerId || !newest) return;
    const before = this.get();
    const seen = { ...before[conversation.id], [user.name]: newest };
    this.set({ ...before, [conversation.id]: seen });
  }
}

import type { InboxEvent } from "./inbox";

const WAIT_MILLISECONDS = 1_000;

/**
 * Tells the server that others' messages have arrived here, which they see as a receipt: once a
 * second for each conversation, however many came.
 */
export class Delivered {
  readonly #waiting = new Map<string, ReturnType<typeof setTimeout>>();
  readonly #tell: (conversationId: string) => void;

  constructor(tell: (conversationId: string) => void) {
    this.#tell = tell;
  }

  hear({ conversationId, conversationEvent: event }: InboxEvent, viewerId: string): void {
    if (conversationId === null || event?.__typename !== "MessageAddedEvent") return;
    if (event.message.sender?.user?.id === viewerId || this.#waiting.has(conversationId)) return;
    const timer = setTimeout(() => {
      this.#waiting.delete(conversationId);
      this.#tell(conversationId);
    }, WAIT_MILLISECONDS);
    this.#waiting.set(conversationId, timer);
  }
}

/** A message that was sent, and that the server has not yet acknowledged. */
export interface Unsent {
  /** Makes sending it again harmless. */
  clientMessageId: string;
  conversationId: string;
  body: string;
  replyToId: string | null;
  /** The newest message when it was sent. */
  afterId: string | null;
  at: string;
  /** Why it was refused, in words; null while it is on its way. */
  problem: string | null;
}

/** How an attempt went: `again` is for failures that have nothing to do with the message. */
export type Attempt = { state: "sent" } | { state: "refused"; problem: string } | { state: "again" };

/** Keeps each by itself, so that two windows of one person do not write over each other. */
export interface Shelf {
  load(): Unsent[];
  keep(unsent: Unsent): void;
  forget(clientMessageId: string): void;
}

export interface OutboxOptions {
  send(unsent: Unsent): Promise<Attempt>;
  shelf: Shelf;
  /** Resolves when attempt number `retries` (from 0) should be made again. */
  wait(retries: number): Promise<void>;
}

/**
 * What waits to be sent, across reloads and cuts. The messages of a conversation go out one after
 * another, in the order in which they were written.
 */
export class Outbox {
  #waiting: readonly Unsent[];
  readonly #sending = new Set<string>();
  readonly #listeners = new Set<() => void>();
  readonly #options: OutboxOptions;

  constructor(options: OutboxOptions) {
    this.#options = options;
    this.#waiting = options.shelf.load();
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  readonly get = (): readonly Unsent[] => this.#waiting;

  /** Goes on with what an earlier page left. */
  begin(): void {
    for (const id of new Set(this.#waiting.map(({ conversationId }) => conversationId))) {
      void this.#work(id);
    }
  }

  add(written: Omit<Unsent, "problem">): void {
    const unsent = { ...written, problem: null };
    this.#options.shelf.keep(unsent);
    this.#set([...this.#waiting, unsent]);
    void this.#work(unsent.conversationId);
  }

  /** Tries a refused message again. */
  retry(clientMessageId: string): void {
    const found = this.#change(clientMessageId, null);
    if (found) void this.#work(found.conversationId);
  }

  /** Takes a message out; its text is the caller's to keep. */
  remove(clientMessageId: string): void {
    this.#options.shelf.forget(clientMessageId);
    this.#set(this.#waiting.filter((each) => each.clientMessageId !== clientMessageId));
  }

  async #work(conversationId: string): Promise<void> {
    if (this.#sending.has(conversationId)) return;
    this.#sending.add(conversationId);
    let retries = 0;
    for (let next = this.#next(conversationId); next; next = this.#next(conversationId)) {
      const attempt = await this.#options.send(next);
      if (attempt.state === "again") {
        await this.#options.wait(retries++);
        continue;
      }
      retries = 0;
      const { clientMessageId } = next;
      if (attempt.state === "sent") this.remove(clientMessageId);
      else this.#change(clientMessageId, attempt.problem);
    }
    this.#sending.delete(conversationId);
  }

  #next(conversationId: string): Unsent | undefined {
    return this.#waiting.find(
      (each) => each.conversationId === conversationId && each.problem === null,
    );
  }

  #change(clientMessageId: string, problem: string | null): Unsent | null {
    const found = this.#waiting.find((each) => each.clientMessageId === clientMessageId);
    if (!found) return null;
    const changed = { ...found, problem };
    this.#options.shelf.keep(changed);
    this.#set(this.#waiting.map((each) => (each === found ? changed : each)));
    return changed;
  }

  #set(waiting: readonly Unsent[]): void {
    this.#waiting = waiting;
    for (const listener of this.#listeners) listener();
  }
}

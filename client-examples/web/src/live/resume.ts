const REMEMBERED = 1_000;

/** Where a resumable subscription stands: the cursor to go on from, and what was seen already. */
export class Resume {
  readonly #seen = new Set<string>();
  #after: string;

  constructor(after: string) {
    this.#after = after;
  }

  /** The variable with which the subscription is begun, anew after each cut. */
  get after(): string {
    return this.#after;
  }

  /** Whether an event is new. It is taken to be dealt with from then on. */
  accept(cursor: string): boolean {
    if (this.#seen.has(cursor)) return false;
    this.#seen.add(cursor);
    if (this.#seen.size > REMEMBERED) {
      const [oldest] = this.#seen;
      this.#seen.delete(oldest as string);
    }
    this.#after = cursor;
    return true;
  }
}

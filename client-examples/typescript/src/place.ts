// Where a subscription stands.

/** What every event of Parley has. A `ResetEvent` asks for refetching; events go on after it. */
export interface ResumableEvent {
  __typename?: string;
  cursor: string;
}

/** How many cursors are remembered: more than can be told again after a cut. */
const REMEMBERED = 1_000;

/** The cursor to go on after, and what was told already. */
export class Place {
  #after: string | null | undefined;
  #told = new Set<string>();

  constructor(after: string | null | undefined) {
    this.#after = after;
    if (after) this.#told.add(after);
  }

  get after(): string | null | undefined {
    return this.#after;
  }

  /** Whether an event is new; if so, it is told now, and the place is after it. */
  take({ __typename, cursor }: ResumableEvent): boolean {
    // After a reset nothing counts that was told before: the server may have been restored.
    if (__typename === 'ResetEvent') this.#told.clear();
    else if (this.#told.has(cursor)) return false;
    this.#told.add(cursor);
    if (this.#told.size > REMEMBERED) this.#forgetOldest();
    this.#after = cursor;
    return true;
  }

  #forgetOldest(): void {
    for (const oldest of this.#told) {
      this.#told.delete(oldest);
      return;
    }
  }
}

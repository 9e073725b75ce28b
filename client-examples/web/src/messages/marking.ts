interface Options {
  /** Tells the server; resolves to whether it was done. */
  mark(): Promise<boolean>;
  /** Resolves when attempt number `retries` (from 0) should be made again. */
  wait(retries: number): Promise<void>;
}

/** Marks one conversation as read: by one request at a time, and again after one that failed. */
export class Marking {
  readonly #options: Options;
  #isDue = false;
  #isBusy = false;
  #isStopped = false;

  constructor(options: Options) {
    this.#options = options;
  }

  /** Says that all that has come was read. */
  ask(): void {
    this.#isStopped = false;
    this.#isDue = true;
    if (!this.#isBusy) void this.#work();
  }

  /** Gives up what was asked for and is not done. */
  stop(): void {
    this.#isStopped = true;
    this.#isDue = false;
  }

  async #work(): Promise<void> {
    this.#isBusy = true;
    for (let retries = 0; this.#isDue; ) {
      // What comes while the request is on its way asks for another one.
      this.#isDue = false;
      if (await this.#options.mark()) retries = 0;
      else await this.#again(retries++);
    }
    this.#isBusy = false;
  }

  async #again(retries: number): Promise<void> {
    this.#isDue = !this.#isStopped;
    await this.#options.wait(retries);
  }
}

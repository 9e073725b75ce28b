import type { Client, CombinedError, TypedDocumentNode } from "urql";
import { subscribe, type Subscription } from "wonka";

export interface Page<Data, Span> {
  /** Which part of the list it is: the variables of the query. */
  span: Span;
  /** Null until it has come. */
  data: Data | null;
}

export interface Snapshot<Data, Span> {
  pages: readonly Page<Data, Span>[];
  /** Where something is being fetched. */
  loading: "start" | "end" | "all" | null;
  error: CombinedError | null;
}

interface Watched<Data, Span> extends Page<Data, Span> {
  watch: Subscription;
}

interface Options<Span> {
  /** How many pages there may be at once. */
  most: number;
  onShown?(span: Span): void;
  onHidden?(span: Span): void;
}

/**
 * Neighbouring pages of a list. Each is a live query: what changes in the cache changes here. Pages
 * are added at either end, and dropped from the other end when there are more than `most`.
 */
export class Pages<Data, Span extends object> {
  #pages: Watched<Data, Span>[] = [];
  #snapshot: Snapshot<Data, Span> = { pages: [], loading: null, error: null };
  readonly #listeners = new Set<() => void>();

  readonly #client: Client;
  readonly #document: TypedDocumentNode<Data, Span>;
  readonly #options: Options<Span>;

  constructor(client: Client, document: TypedDocumentNode<Data, Span>, options: Options<Span>) {
    this.#client = client;
    this.#document = document;
    this.#options = options;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  readonly get = (): Snapshot<Data, Span> => this.#snapshot;

  /** Shows one page in place of all. */
  start(span: Span): void {
    this.stop();
    this.#emit({ loading: "all", error: null });
    this.#add(span, "end");
  }

  /** Adds a page at an end, unless one is on its way already. */
  extend(span: Span, where: "start" | "end"): void {
    if (this.#snapshot.loading !== null || this.#pages.length === 0) return;
    if (this.#pages.length >= this.#options.most) this.#drop(where === "start" ? "end" : "start");
    this.#emit({ loading: where, error: null });
    this.#add(span, where);
  }

  /** Watches no page any more. */
  stop(): void {
    for (const page of this.#pages) this.#leave(page);
    this.#pages = [];
  }

  #add(span: Span, where: "start" | "end"): void {
    const page: Watched<Data, Span> = { span, data: null, watch: { unsubscribe: () => {} } };
    if (where === "start") this.#pages.unshift(page);
    else this.#pages.push(page);
    this.#options.onShown?.(span);
    page.watch = subscribe<{ data?: Data; error?: CombinedError }>(({ data, error }) => {
      const came = page.data === null;
      if (data) page.data = data;
      else if (came && error) this.#remove(page);
      this.#emit(came ? { loading: null, error: error ?? null } : {});
    })(this.#client.query(this.#document, span as never));
  }

  #drop(where: "start" | "end"): void {
    const page = where === "start" ? this.#pages[0] : this.#pages.at(-1);
    if (page) this.#remove(page);
    this.#emit({});
  }

  #remove(page: Watched<Data, Span>): void {
    this.#pages = this.#pages.filter((each) => each !== page);
    this.#leave(page);
  }

  #leave({ watch, span }: Watched<Data, Span>): void {
    watch.unsubscribe();
    this.#options.onHidden?.(span);
  }

  #emit(change: Partial<Snapshot<Data, Span>>): void {
    const pages = this.#pages.map(({ span, data }) => ({ span, data }));
    this.#snapshot = { ...this.#snapshot, ...change, pages };
    for (const listener of this.#listeners) listener();
  }
}

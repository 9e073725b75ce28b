import { useSyncExternalStore } from "react";

export type Extensions = Record<string, unknown>;

/** How the operation that was started last is getting on. */
export interface Progress {
  kind: "request" | "subscription";
  state: "running" | "ended" | "failed";
  /** Results so far. */
  results: number;
  /** From the start to the first result. */
  milliseconds: number | null;
  /** `extensions` of the last result that had some. */
  extensions: Extensions | null;
}

/** Whether the socket under a subscription is there. */
export type Line = "closed" | "connecting" | "open";

export interface Snapshot {
  progress: Progress | null;
  line: Line;
}

/** A record of the last operation, written by the fetcher and read by the footer. */
class Activity {
  #snapshot: Snapshot = { progress: null, line: "closed" };
  #operation = 0;
  readonly #listeners = new Set<() => void>();

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  readonly get = (): Snapshot => this.#snapshot;

  /** Forgets the last operation; what it still reports is ignored. */
  clear(): void {
    this.#operation += 1;
    this.#set({ ...this.#snapshot, progress: null });
  }

  setLine(line: Line): void {
    this.#set({ ...this.#snapshot, line });
  }

  /** Starts a record; what is reported through an older one is ignored from now on. */
  begin(kind: Progress["kind"]): Recorder {
    const operation = ++this.#operation;
    const started = performance.now();
    const change = (patch: (progress: Progress) => Partial<Progress>) => {
      const { progress } = this.#snapshot;
      if (operation !== this.#operation || progress === null) return;
      this.#set({ ...this.#snapshot, progress: { ...progress, ...patch(progress) } });
    };
    const progress: Progress = {
      kind,
      state: "running",
      results: 0,
      milliseconds: null,
      extensions: null,
    };
    this.#set({ ...this.#snapshot, progress });
    return {
      result: (extensions) =>
        change((old) => ({
          results: old.results + 1,
          milliseconds: old.milliseconds ?? performance.now() - started,
          extensions: extensions ?? old.extensions,
        })),
      end: () => change(() => ({ state: "ended" })),
      fail: () => change(() => ({ state: "failed" })),
    };
  }

  #set(snapshot: Snapshot): void {
    this.#snapshot = snapshot;
    for (const listener of this.#listeners) listener();
  }
}

export interface Recorder {
  result(extensions: Extensions | undefined): void;
  end(): void;
  fail(): void;
}

/** The page runs one operation at a time, so there is one record. */
export const activity = new Activity();

export function useActivity(): Snapshot {
  return useSyncExternalStore(activity.subscribe, activity.get);
}

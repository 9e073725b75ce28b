import { useSyncExternalStore } from "react";

/** `extensions.cost`: a charge is taken before the operation runs, so it is what was spent. */
export interface Cost {
  requested: number;
  /** The most that one operation may cost. */
  limit: number;
  /** What is left of this minute's budget. */
  remaining?: number;
}

/** `extensions.explain` for those who may know; the lists have their first entries alone. */
export interface Explanation {
  milliseconds: number;
  execution: string;
  /** Why it was not compiled. */
  reason: string | null;
  documentCached: boolean | null;
  credentialCached: boolean | null;
  statementCount: number;
  statements: Statement[];
  batchCount: number;
  batches: { loader: string; keys: number }[];
}

export interface Statement {
  sql: string;
  rows: number | null;
  milliseconds: number;
}

/** `extensions.explain` for others. */
export interface Refusal {
  code: string;
  message: string;
}

export const EXPLAIN_HEADER = "parley-explain";
const KEY = "parley.playground.explain";

/** Whether operations are to be explained; the browser remembers it. */
class Explaining {
  #on = stored();
  readonly #listeners = new Set<() => void>();

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  readonly get = (): boolean => this.#on;

  readonly set = (on: boolean): void => {
    this.#on = on;
    try {
      localStorage.setItem(KEY, String(on));
    } catch {
      // storage is blocked: it is remembered as long as the page lives
    }
    for (const listener of this.#listeners) listener();
  };
}

function stored(): boolean {
  try {
    return localStorage.getItem(KEY) === "true";
  } catch {
    return false;
  }
}

export const explaining = new Explaining();

export function useExplaining(): boolean {
  return useSyncExternalStore(explaining.subscribe, explaining.get);
}

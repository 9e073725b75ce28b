import { useSyncExternalStore } from "react";

export const VIEWS = [
  "conversations",
  "search",
  "schedules",
  "directory",
  "imports",
  "statistics",
] as const;
export type View = (typeof VIEWS)[number];

/**
 * Where the reader is: a view, what it shows, and how. It stands in the address after the #. Each
 * way there makes another object, also if it leads to the same place.
 */
export interface Route {
  view: View;
  id: string | null;
  /** Such as `at`, the message to show. */
  query: Readonly<Record<string, string>>;
}

export function parseRoute(hash: string): Route {
  const [path = "", query = ""] = hash.replace(/^#\/?/, "").split("?");
  const [name = "", id = ""] = path.split("/").map(decode);
  const view = VIEWS.find((each) => each === name) ?? "conversations";
  return { view, id: id || null, query: Object.fromEntries(new URLSearchParams(query)) };
}

export function hashOf(view: View, id?: string | null, query: Record<string, string> = {}): string {
  const path = id ? `#/${view}/${encodeURIComponent(id)}` : `#/${view}`;
  const text = new URLSearchParams(query).toString();
  return text ? `${path}?${text}` : path;
}

/** Leads there; if the reader was led there before and has looked elsewhere since, once more. */
export function go(view: View, id?: string | null, query?: Record<string, string>): void {
  const hash = hashOf(view, id, query);
  if (location.hash !== hash) {
    location.hash = hash;
    return;
  }
  known = { hash, route: parseRoute(hash) };
  dispatchEvent(new Event("hashchange"));
}

/** As `go`, but that the way back does not lead to where the reader was. */
export function stay(view: View, id?: string | null, query?: Record<string, string>): void {
  history.replaceState(null, "", hashOf(view, id, query));
  dispatchEvent(new Event("hashchange"));
}

let known = { hash: "", route: parseRoute("") };

function current(): Route {
  if (known.hash !== location.hash) {
    known = { hash: location.hash, route: parseRoute(location.hash) };
  }
  return known.route;
}

function listen(listener: () => void): () => void {
  addEventListener("hashchange", listener);
  return () => removeEventListener("hashchange", listener);
}

export function useRoute(): Route {
  return useSyncExternalStore(listen, current);
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return "";
  }
}

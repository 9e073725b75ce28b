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

/** Where the reader is: a view, what it shows, and how. It stands in the address after the #. */
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

export function go(view: View, id?: string | null, query?: Record<string, string>): void {
  location.hash = hashOf(view, id, query);
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

import { useEffect, useRef, useState } from "react";

import type { SearchOrder } from "../generated/graphql";
import { stay, useRoute } from "../navigation/routes";
import { useSettled } from "../ui/useSettled";

/** Long enough for keys that are hit together; a search that is overtaken is broken off. */
const DEBOUNCE_MILLISECONDS = 30;

export const ORDERS = ["NEWEST", "OLDEST", "RELEVANCE"] as const satisfies SearchOrder[];

export interface Place {
  /** What is in the field. */
  text: string;
  setText(text: string): void;
  /** What is searched for: the text, once it was left alone for a moment. */
  query: string;
  order: SearchOrder;
  setOrder(order: SearchOrder): void;
  /** The one conversation that is searched; null for all. */
  conversationId: string | null;
  widen(): void;
}

/** What is searched for. It stands in the address, so that the way back leads to the same results. */
export function usePlace(): Place {
  const { query: place } = useRoute();
  const [text, setText] = useState(place.q ?? "");
  const query = useSettled(text.trim(), DEBOUNCE_MILLISECONDS);
  const known = useRef(place.q ?? "");
  const move = (change: Record<string, string>) => stay("search", null, filled({ ...place, ...change }));
  useEffect(() => {
    if (query === known.current) return;
    known.current = query;
    move({ q: query });
  }, [query]);
  useEffect(() => {
    // An address that the reader came to, not one that their typing made.
    const wanted = place.q ?? "";
    if (wanted === known.current) return;
    known.current = wanted;
    setText(wanted);
  }, [place]);
  return {
    ...{ text, setText, query },
    order: ORDERS.find((each) => each === place.order) ?? "NEWEST",
    setOrder: (order) => move({ order }),
    conversationId: place.in ?? null,
    widen: () => move({ in: "" }),
  };
}

/** Without what says nothing. */
function filled(query: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(query).filter(([, value]) => value !== ""));
}

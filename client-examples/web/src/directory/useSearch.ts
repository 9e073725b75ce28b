import { useMemo, useState } from "react";

import { useSettled } from "../ui/useSettled";

const DEBOUNCE_MILLISECONDS = 150;

export interface Search {
  text: string;
  onChange(text: string): void;
  /** What the server is asked: the same object while it says the same. */
  filter: { search: string | null };
}

/** A search that looks either at what is archived, or at the rest. */
export interface ShelvedSearch extends Search {
  archive: Archive;
  filter: { search: string | null; archived: boolean };
}

export interface Archive {
  isOpen: boolean;
  onToggle(): void;
}

/** A text that narrows a list, once the reader has stopped typing. */
export function useSearch(): Search {
  const [text, onChange] = useState("");
  const search = useSettled(text.trim(), DEBOUNCE_MILLISECONDS) || null;
  const filter = useMemo(() => ({ search }), [search]);
  return { text, onChange, filter };
}

export function useShelvedSearch(): ShelvedSearch {
  const search = useSearch();
  const [isOpen, setOpen] = useState(false);
  const wanted = search.filter.search;
  const filter = useMemo(() => ({ search: wanted, archived: isOpen }), [wanted, isOpen]);
  return { ...search, filter, archive: { isOpen, onToggle: () => setOpen(!isOpen) } };
}

import { useState, type ReactNode } from "react";

import type { List } from "../graphql/useList";
import { useSpeech, type Key } from "../i18n/language";
import { Button, IconButton } from "../ui/Button";
import type { Archive } from "./useSearch";

interface Props<Item> {
  title: Key;
  list: List<Item>;
  /** Null: the viewer may only look. */
  create: Key | null;
  search?: { text: string; onChange(text: string): void; archive?: Archive };
  row(item: Item, edit: () => void): ReactNode;
  /** The dialog that makes an item (null), or changes it. */
  form(item: Item | null, close: () => void): ReactNode;
}

/** A list of things that the viewer makes and changes. */
export function Section<Item extends { id: string }>(props: Props<Item>) {
  const { title, list, create, search, row, form } = props;
  const { t } = useSpeech();
  const archive = search?.archive;
  const [open, setOpen] = useState<Item | "new" | null>(null);
  return (
    <section aria-label={t(title)}>
      <header className="page-header">
        <h2>{t(title)}</h2>
        {archive && (
          <IconButton
            icon="archive"
            label={t("archived")}
            aria-pressed={archive.isOpen}
            onClick={archive.onToggle}
          />
        )}
        {create && !archive?.isOpen && (
          <Button look="primary" icon="plus" onClick={() => setOpen("new")}>
            {t(create)}
          </Button>
        )}
      </header>
      {search && (
        <input
          className="section-search"
          type="search"
          value={search.text}
          placeholder={t("filterByName")}
          aria-label={t("filterByName")}
          onChange={(event) => search.onChange(event.target.value)}
        />
      )}
      {list.nodes.length === 0 && (
        <p className="quiet">
          {t(list.failed ? "failed" : list.isLoading ? "loading" : "nothingHere")}
        </p>
      )}
      <ul className="stack">
        {list.nodes.map((item) => (
          <li key={item.id} className="card entry">
            {row(item, () => setOpen(item))}
          </li>
        ))}
      </ul>
      {list.loadMore && <Button onClick={list.loadMore}>{t("more")}</Button>}
      {open !== null && form(open === "new" ? null : open, () => setOpen(null))}
    </section>
  );
}

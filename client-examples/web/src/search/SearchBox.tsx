import { useId, useLayoutEffect, useMemo, useRef, useState, type KeyboardEvent } from "react";

import { useSpeech } from "../i18n/language";
import { Icon } from "../ui/Icon";
import { applied, asksForNames, suggestionsFor, type Suggestion } from "./operators";
import { useNames } from "./useNames";

interface Props {
  text: string;
  onChange(text: string): void;
}

/** A field that knows the operators: a combobox as ARIA describes it. */
export function SearchBox({ text, onChange }: Props) {
  const { t } = useSpeech();
  const field = useRef<HTMLInputElement>(null);
  const list = useId();
  const [cursor, setCursor] = useState(text.length);
  const [isOpen, setOpen] = useState(false);
  const [active, setActive] = useState(-1);
  const [wantedCursor, setWantedCursor] = useState<number | null>(null);
  const names = useNames(isOpen && asksForNames(text, cursor));
  const found = useMemo(() => suggestionsFor(text, cursor, names), [text, cursor, names]);
  const suggestions = isOpen ? found : [];

  useLayoutEffect(() => {
    if (wantedCursor === null) return;
    field.current?.setSelectionRange(wantedCursor, wantedCursor);
    setWantedCursor(null);
  }, [wantedCursor]);

  const change = (next: string, at: number) => {
    onChange(next);
    setCursor(at);
    setActive(-1);
  };
  const take = (suggestion: Suggestion) => {
    const [next, at] = applied(text, cursor, suggestion);
    change(next, at);
    setWantedCursor(at);
    field.current?.focus();
  };
  const press = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const chosen = suggestions[active];
    if (step !== undefined && found.length > 0) {
      event.preventDefault();
      setOpen(true);
      setActive((active + step + found.length) % found.length);
    } else if (chosen && (event.key === "Enter" || event.key === "Tab")) {
      event.preventDefault();
      take(chosen);
    } else if (event.key === "Escape") {
      setOpen(false);
    } else if (event.key === "Enter") {
      setOpen(false);
    }
  };
  return (
    <div className="search-box" role="search">
      <Icon name="search" />
      <input
        ref={field}
        type="search"
        role="combobox"
        dir={text === "" ? undefined : "auto"}
        autoFocus
        spellCheck={false}
        autoComplete="off"
        value={text}
        placeholder={t("searchPlaceholder")}
        aria-label={t("search")}
        aria-expanded={suggestions.length > 0}
        aria-controls={list}
        aria-autocomplete="list"
        aria-activedescendant={active >= 0 && suggestions[active] ? `${list}-${active}` : undefined}
        onChange={(event) => {
          setOpen(true);
          change(event.target.value, event.target.selectionStart ?? event.target.value.length);
        }}
        onClick={() => setOpen(true)}
        onBlur={() => setOpen(false)}
        onKeyDown={press}
      />
      <ul id={list} role="listbox" aria-label={t("operators")} hidden={suggestions.length === 0}>
        {suggestions.map((suggestion, index) => (
          <li
            key={suggestion.text}
            id={`${list}-${index}`}
            role="option"
            aria-selected={index === active}
            // The field keeps the focus.
            onMouseDown={(event) => event.preventDefault()}
            onClick={() => take(suggestion)}
          >
            <code>
              <bdi>{suggestion.text}</bdi>
            </code>{" "}
            {suggestion.hint && <span className="quiet">{t(suggestion.hint)}</span>}
          </li>
        ))}
      </ul>
    </div>
  );
}

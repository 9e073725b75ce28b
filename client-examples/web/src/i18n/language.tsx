import { createContext, use, useCallback, useEffect, useMemo, useState, type ReactNode } from "react";

import { remember, remembered } from "../browser/storage";
import type english from "./messages/en.json";
import { format, type Text, type Values } from "./text";

export type Messages = Record<keyof typeof english, Text>;
export type Key = keyof typeof english;
export type Translate = (key: Key, values?: Values) => string;

export const LANGUAGES = {
  en: "English",
  de: "Deutsch",
  es: "Español",
  pt: "Português",
  ar: "العربية",
} as const;
export type Language = keyof typeof LANGUAGES;

const FILES = import.meta.glob<Messages>("./messages/*.json", { import: "default" });
const RIGHT_TO_LEFT = new Set(["ar"]);
const KEY = "parley.language";

interface Speech {
  language: Language;
  /** The language as the reader's country writes it: for dates and numbers. */
  locale: string;
  t: Translate;
  setLanguage(language: Language): void;
}

const SpeechContext = createContext<Speech | null>(null);

/** The language chosen before, or the first that the browser asks for and we have. */
export function preferredLanguage(wanted: readonly string[], kept: string | null): Language {
  for (const name of kept ? [kept, ...wanted] : wanted) {
    const language = name.slice(0, 2).toLowerCase();
    if (language in LANGUAGES) return language as Language;
  }
  return "en";
}

/** The first of the browser's own that is of the language, such as en-GB for English. */
export function localeOf(language: Language, wanted: readonly string[]): string {
  return wanted.find((name) => name.toLowerCase().startsWith(language)) ?? language;
}

export async function loadMessages(language: Language): Promise<Messages> {
  const load = FILES[`./messages/${language}.json`];
  if (!load) throw new Error(`There are no messages in ${language}.`);
  return load();
}

export function firstLanguage(): Language {
  return preferredLanguage(navigator.languages, remembered(KEY));
}

/** Gives `t` to what is inside; another language is loaded before it is shown. */
export function LanguageProvider(props: {
  language: Language;
  messages: Messages;
  children: ReactNode;
}) {
  const [{ language, messages }, setSpeech] = useState(props);
  useEffect(() => {
    document.documentElement.lang = language;
    document.documentElement.dir = RIGHT_TO_LEFT.has(language) ? "rtl" : "ltr";
  }, [language]);

  const setLanguage = useCallback((next: Language) => {
    remember(KEY, next);
    void loadMessages(next).then((loaded) => {
      setSpeech((old) => ({ ...old, language: next, messages: loaded }));
    });
  }, []);
  const speech = useMemo<Speech>(() => {
    const locale = localeOf(language, navigator.languages);
    const t: Translate = (key, values = {}) => format(messages[key], values, locale);
    return { language, locale, setLanguage, t };
  }, [language, messages, setLanguage]);
  return <SpeechContext value={speech}>{props.children}</SpeechContext>;
}

export function useSpeech(): Speech {
  const speech = use(SpeechContext);
  if (speech === null) throw new Error("useSpeech needs a LanguageProvider around it.");
  return speech;
}

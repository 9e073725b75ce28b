import { expect, test } from "vitest";

import { LANGUAGES, loadMessages, localeOf, preferredLanguage, type Language } from "./language";
import { format, listed, type Text } from "./text";

const english = await loadMessages("en");
const others = Object.keys(LANGUAGES).filter((name) => name !== "en") as Language[];

const forms = (text: Text) => (typeof text === "string" ? [text] : Object.values(text));
const placeholders = (text: string) => new Set(text.match(/\{\w+\}/g));

test.each(others)("%s says all that English says", async (language) => {
  expect(Object.keys(await loadMessages(language)).sort()).toEqual(Object.keys(english).sort());
});

test.each(others)("%s has every plural form that it needs, and the same values in each", async (language) => {
  const messages = await loadMessages(language);
  const needed = new Intl.PluralRules(language).resolvedOptions().pluralCategories;
  for (const [key, text] of Object.entries(english)) {
    const theirs = messages[key as keyof typeof messages];
    if (typeof text === "string") {
      expect(placeholders(theirs as string), key).toEqual(placeholders(text));
    } else {
      expect(Object.keys(theirs).sort(), key).toEqual([...needed].sort());
      // “One message” may be said in words, and so may how many people do something.
      const named = (text: Text) => new Set(forms(text).flatMap((form) => [...placeholders(form)]));
      expect(named(theirs), key).toEqual(named(text));
    }
  }
});

test("numbers are written as the language writes them", () => {
  const text = { one: "{count} Nachricht", other: "{count} Nachrichten" };
  expect(format(text, { count: 1 }, "de")).toBe("1 Nachricht");
  expect(format(text, { count: 12_345 }, "de")).toBe("12.345 Nachrichten");
});

test("a value that holds braces is left as it is", () => {
  expect(format("by {names}", { names: "{count}" }, "en")).toBe("by {count}");
});

test("the first language that we have is taken", () => {
  expect(preferredLanguage(["fr-CA", "pt-BR", "de"], null)).toBe("pt");
  expect(preferredLanguage(["de"], "ar")).toBe("ar");
  expect(preferredLanguage(["fr"], "zz")).toBe("en");
});

test("dates and numbers are written as in the reader's country, where that speaks the language", () => {
  expect(localeOf("en", ["de-AT", "en-GB"])).toBe("en-GB");
  expect(localeOf("pt", ["de-AT", "en-GB"])).toBe("pt");
});

test("what several people do is said of several", () => {
  const { typing } = english;
  const said = (names: string[]) => format(typing, { count: names.length, names: listed(names, "en-GB") }, "en");
  expect(said(["Ana"])).toBe("Ana is typing…");
  expect(said(["Ana", "Ben", "Cleo"])).toBe("Ana, Ben and Cleo are typing…");
});

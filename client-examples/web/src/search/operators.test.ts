import { expect, test } from "vitest";

import { applied, asksForNames, narrowed, quoted, suggestionsFor } from "./operators";

const names = (query: string) => suggestionsFor(query, query.length).map(({ text }) => text);

test("an empty field is offered every operator", () => {
  expect(names("")).toContain("from:");
  expect(names("pizza ")).toEqual(names(""));
});

test("the word at the cursor narrows them", () => {
  expect(names("be")).toEqual(["before:"]);
  expect(names("pizza o")).toEqual(["on:", "OR"]);
  expect(names("pizza")).toEqual([]);
});

test("fields with few values offer them", () => {
  expect(names("has:li")).toEqual(["has:link"]);
  expect(names("is:")).toEqual(["is:bookmarked", "is:edited"]);
  expect(names("has:link")).toEqual([]);
});

test("names are offered where a person or a conversation is meant", () => {
  const known = { from: ["Oma Helga", "Ana", "José", "Ana"], in: ['The "big" trip'] };
  const offered = (query: string) => suggestionsFor(query, query.length, known).map(({ text }) => text);
  expect(offered("pizza from:jos")).toEqual(['from:"José"']);
  expect(offered('-from:"hel')).toEqual(['-from:"Oma Helga"']);
  expect(offered("from:")).toEqual(["from:me", 'from:"Oma Helga"', 'from:"Ana"', 'from:"José"']);
  expect(offered("in:tri")).toEqual(['in:"The  big  trip"']);
  expect(offered('from:"Ana" ')).toContain("lang:");
  expect([asksForNames("from:", 5), asksForNames("on:", 3)]).toEqual([true, false]);
});

test("a name with quotation marks of any kind can be searched for", () => {
  expect(quoted("Ana «Anita» “A” López")).toBe('"Ana  Anita   A  López"');
});

test("inside of quotation marks nothing is offered", () => {
  expect(names('"from')).toEqual([]);
});

test("a suggestion takes the word's place, and the cursor stands where one writes on", () => {
  expect(applied("pizza fr x", 8, { text: "from:", hint: "operatorFrom" })).toEqual(["pizza from: x", 11]);
  expect(applied("", 0, { text: '"…"', hint: "operatorPhrase" })).toEqual(['""', 1]);
  expect(applied("is:b", 4, { text: "is:bookmarked" })).toEqual(["is:bookmarked ", 14]);
  expect(applied("", 0, { text: "…*" })).toEqual(["*", 0]);
  expect(applied('from:"o" x', 7, { text: 'from:"Oma Helga"' })).toEqual(['from:"Oma Helga" x', 17]);
});

test("a search is narrowed once by each condition", () => {
  expect(narrowed("hund ", 'from:"Oma Helga"')).toBe('hund from:"Oma Helga"');
  expect(narrowed("hund on:2026-02", "on:2026-02")).toBe("hund on:2026-02");
  expect(narrowed("hund on:2026-02-15", "on:2026-02")).toBe("hund on:2026-02-15 on:2026-02");
});

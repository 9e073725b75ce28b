import { expect, test } from "vitest";

import { applied, narrowed, suggestionsFor } from "./operators";

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

test("inside of quotation marks nothing is offered", () => {
  expect(names('"from')).toEqual([]);
});

test("a suggestion takes the word's place, and the cursor stands where one writes on", () => {
  expect(applied("pizza fr x", 8, { text: "from:", hint: "operatorFrom" })).toEqual(["pizza from: x", 11]);
  expect(applied("", 0, { text: '"…"', hint: "operatorPhrase" })).toEqual(['""', 1]);
  expect(applied("is:b", 4, { text: "is:bookmarked", hint: "operatorValue" })).toEqual(["is:bookmarked ", 14]);
});

test("a search is narrowed once by each condition", () => {
  expect(narrowed("hund ", 'from:"Oma Helga"')).toBe('hund from:"Oma Helga"');
  expect(narrowed("hund on:2026-02", "on:2026-02")).toBe("hund on:2026-02");
});

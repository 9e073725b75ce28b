import { expect, test } from "vitest";

import { outline, piecesOf } from "./pieces";

const body = String.raw`Hello {{ contact.name }}: {{what|a {reminder}}} \{{so}}`;

test("a template's text is cut where values go, and where braces are meant", () => {
  expect(piecesOf({ body, templateId: "t" })).toEqual([
    { text: "Hello ", place: null },
    { text: "…", place: "contact.name" },
    { text: ": ", place: null },
    { text: "…", place: "what" },
    { text: "} ", place: null },
    { text: "{{", place: null },
    { text: "so}}", place: null },
  ]);
  expect(outline({ body: "{{what}}!", templateId: "t" })).toBe("…!");
});

test("one's own words are what they are", () => {
  expect(piecesOf({ body, templateId: null })).toEqual([{ text: body, place: null }]);
});

import { expect, test } from "vitest";

import { hintOf, valueOf, valuesOf } from "./templateValues";

const variable = (name: string, type: "TEXT" | "CURRENCY" | "DATE", preset: unknown = null) => ({
  __typename: "TemplateVariable" as const,
  name,
  type,
  required: true,
  default: preset,
  example: "an example",
});

test("an amount is typed with its currency", () => {
  expect(valueOf("CURRENCY", " 12.50 eur")).toEqual({ amount: "12.50", currency: "EUR" });
  expect(valueOf("CURRENCY", "12.50")).toEqual({ amount: "12.50", currency: "" });
});

test("a time of the reader's clock is told with its offset", () => {
  const typed = "2031-03-24T09:00";
  expect(valueOf("DATETIME", typed)).toBe(new Date(typed).toISOString());
  expect(valueOf("DATETIME", "soon")).toBe("soon");
});

test("numbers keep their digits", () => {
  expect(valueOf("NUMBER", "0.10")).toBe("0.10");
});

test("what nothing was typed for is left to the template", () => {
  const variables = [variable("what", "TEXT"), variable("when", "DATE"), variable("why", "TEXT")];
  const typed = { what: "cake", when: "2031-03-24", why: "", other: "unknown" };
  expect(valuesOf(variables, typed)).toEqual({ what: "cake", when: "2031-03-24" });
});

test("a field shows what would stand in, or an example", () => {
  expect(hintOf(variable("what", "TEXT", "tea"))).toBe("tea");
  expect(hintOf(variable("what", "TEXT"))).toBe("an example");
  expect(hintOf({ ...variable("price", "CURRENCY"), example: null })).toBe("12.50 EUR");
});

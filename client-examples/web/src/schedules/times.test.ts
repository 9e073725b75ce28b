import { expect, test } from "vitest";

import { localValue, monthNamed, nameOfMonth, weeksOf } from "./times";

test("weeks hold the whole month and begin on the day that the reader expects", () => {
  const monday = weeksOf(2026, 10, 1);
  expect(monday.length).toBe(6);
  expect(monday[0]![0]!.getDate()).toBe(26);
  const sunday = weeksOf(2026, 10, 7);
  expect(sunday.length).toBe(5);
  expect(sunday[0]![0]!.getDate()).toBe(1);
  expect(weeksOf(2026, 1, 7).flat().length).toBe(28);
});

test("a field of the type datetime-local gets the reader's own time", () => {
  expect(localValue(new Date(2026, 0, 5, 9, 7))).toBe("2026-01-05T09:07");
});

test("a month survives the way through the address", () => {
  expect(nameOfMonth(new Date(2031, 2, 1))).toBe("2031-03");
  expect(monthNamed("2031-03")).toEqual(new Date(2031, 2, 1));
  expect(["", "2031", "2031-13", "x"].map(monthNamed)).toEqual([null, null, null, null]);
});

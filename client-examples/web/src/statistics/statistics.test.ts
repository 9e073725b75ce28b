import { expect, test } from "vitest";

import { byWeek, everyDay } from "./days";
import { shadeOf } from "./HeatMap";

const DAYS = [
  { day: "2026-02-27", count: 2 },
  { day: "2026-03-02", count: 3 },
  { day: "2026-03-09", count: 4 },
];

test("days without messages are there as well, across months", () => {
  expect(everyDay(DAYS.slice(0, 2)).map(({ day, count }) => `${day} ${count}`)).toEqual([
    "2026-02-27 2",
    "2026-02-28 0",
    "2026-03-01 0",
    "2026-03-02 3",
  ]);
  expect(everyDay([])).toEqual([]);
});

test("weeks begin with the first day, and no message is lost", () => {
  expect(byWeek(DAYS)).toEqual([
    { day: "2026-02-27", count: 5 },
    { day: "2026-03-06", count: 4 },
  ]);
  expect(byWeek([])).toEqual([]);
});

test("only nothing is blank, and only the most is darkest", () => {
  expect(shadeOf(0, 100)).toBe(0);
  expect(shadeOf(1, 100)).toBe(1);
  expect(shadeOf(99, 100)).toBe(5);
  expect(shadeOf(100, 100)).toBe(5);
});

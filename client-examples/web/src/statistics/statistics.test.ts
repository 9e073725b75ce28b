import { expect, test } from "vitest";

import { byWeek, everyDay } from "./days";
import { duration } from "./durations";
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

test("a length of time is told in its largest unit", () => {
  expect(duration(0.4, "en")).toBe("0 seconds");
  expect(duration(59, "en")).toBe("59 seconds");
  expect(duration(300, "de")).toBe("5 Minuten");
  expect(duration(90_000, "en")).toBe("1 day");
});

import { expect, test } from "vitest";

import { entriesByDay, isCutBefore, MOST_OCCURRENCES } from "./entries";

const at = (day: number, hour: number) => new Date(2031, 2, day, hour).toISOString();
const due = (sendAt: string, ...next: string[]) => ({
  sendAt,
  nextOccurrences: next.map((each) => ({ at: each })),
});

test("what recurs is on each of its days, in the order of the clock, and no time is there twice", () => {
  const weekly = due(at(3, 9), at(3, 9), at(10, 9));
  const once = due(at(10, 8));
  const days = entriesByDay([weekly, once]);

  expect(days.size).toBe(2);
  expect(days.get(new Date(2031, 2, 3).toDateString())?.map(({ schedule }) => schedule)).toEqual([weekly]);
  const second = days.get(new Date(2031, 2, 10).toDateString());
  expect(second?.map(({ schedule }) => schedule)).toEqual([once, weekly]);
});

test("a schedule of which more is to come than was asked for is known to be cut", () => {
  const hours = Array.from({ length: MOST_OCCURRENCES }, (_, hour) => at(1, hour));
  expect(isCutBefore(due(at(1, 0), ...hours), new Date(2031, 2, 30))).toBe(true);
  expect(isCutBefore(due(at(1, 0), ...hours), new Date(2031, 2, 4))).toBe(false);
  expect(isCutBefore(due(at(1, 0), ...hours.slice(1)), new Date(2031, 2, 30))).toBe(false);
});

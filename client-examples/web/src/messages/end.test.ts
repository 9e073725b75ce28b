import { expect, test } from "vitest";

import { isEnd } from "./end";

const EXTENT = { scrollHeight: 2_176, clientHeight: 645 };
const END = EXTENT.scrollHeight - EXTENT.clientHeight;

test("a list is at its end up to a few pixels", () => {
  expect(isEnd(END, EXTENT, EXTENT)).toBe(true);
  expect(isEnd(END - 23, EXTENT, EXTENT)).toBe(true);
  expect(isEnd(END - 24, EXTENT, EXTENT)).toBe(false);
});

test("a list that became higher since it was measured is at the end that it has now", () => {
  expect(isEnd(END, { ...EXTENT, clientHeight: 574 }, EXTENT)).toBe(true);
});

test("rows that came above since do not make an end of what was beyond it", () => {
  expect(isEnd(END + 1_000, EXTENT, { ...EXTENT, scrollHeight: 5_000 })).toBe(false);
});

test("rows that came or grew below since do not take the reader away from the end", () => {
  expect(isEnd(END, EXTENT, { ...EXTENT, scrollHeight: 2_300 })).toBe(true);
  expect(isEnd(END - 24, EXTENT, { ...EXTENT, scrollHeight: 2_300 })).toBe(false);
});

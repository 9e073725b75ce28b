import { expect, test } from "vitest";

import { excerpt, segments } from "./highlights";

const marked = (text: string, ...ranges: [number, number][]) =>
  segments(text, ranges.map(([start, end]) => ({ start, end })))
    .map((each) => (each.isMatch ? `[${each.text}]` : each.text))
    .join("");

test("ranges are code points, not UTF-16 units", () => {
  expect(marked("😀😀 pizza", [3, 8])).toBe("😀😀 [pizza]");
});

test("ranges that touch or overlap are one, and the text stays whole", () => {
  expect(marked("abcdef", [0, 2], [1, 3], [5, 6])).toBe("[abc]de[f]");
  expect(marked("abc")).toBe("abc");
  expect(marked("abc", [1, 99])).toBe("a[bc]");
  expect(marked("")).toBe("");
});

test("a long text is cut around its first match, and the match stays where it is", () => {
  const text = `${"😀".repeat(500)}pizza${"x".repeat(500)}`;
  const { text: short, ranges } = excerpt(text, [{ start: 500, end: 505 }]);

  expect([...short].length).toBeLessThan(250);
  expect(segments(short, ranges).find(({ isMatch }) => isMatch)?.text).toBe("pizza");
});

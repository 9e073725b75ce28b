import { expect, test } from "vitest";

import { backoff } from "./backoff";

test("waits longer each time, up to a limit", () => {
  const longest = [0, 1, 2, 3, 20].map((retries) => backoff(retries, () => 1));

  expect(longest).toEqual([250, 500, 1_000, 2_000, 20_000]);
});

test("spreads clients over the whole time", () => {
  expect(backoff(5, () => 0)).toBe(125);
  expect(backoff(5, () => 0.5)).toBeGreaterThan(backoff(5, () => 0.4));
});

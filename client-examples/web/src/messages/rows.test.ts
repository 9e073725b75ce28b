import { expect, test } from "vitest";

import { rowsOf } from "./rows";
import { addedBefore } from "./shift";
import type { Message } from "./window";

function message(id: string, sentAt: string, sender = "ana", kind = "TEXT"): Message {
  return { id, kind, sentAt, sender: { id: sender } } as Message;
}

const day = (at: string) => at.slice(0, 10);

test("days begin with a line, and so does what is unread", () => {
  const messages = [
    message("1", "2026-01-01T23:00:00Z"),
    message("2", "2026-01-02T00:30:00Z"),
    message("3", "2026-01-02T00:31:00Z"),
  ];

  const rows = rowsOf(messages, [], "3", day);

  expect(rows.map(({ key }) => key)).toEqual(["day 2026-01-01", "1", "day 2026-01-02", "2", "unread", "3"]);
});

test("a run of one sender's messages is begun anew after five minutes and by others", () => {
  const messages = [
    message("1", "2026-01-01T10:00:00Z"),
    message("2", "2026-01-01T10:04:00Z"),
    message("3", "2026-01-01T10:10:00Z"),
    message("4", "2026-01-01T10:11:00Z", "ben"),
    message("5", "2026-01-01T10:11:30Z", "ben", "NOTICE"),
    message("6", "2026-01-01T10:12:00Z", "ben"),
  ];

  const rows = rowsOf(messages, [], null, day);

  const first = rows.flatMap((row) => (row.kind === "message" && row.isFirst ? [row.key] : []));
  expect(first).toEqual(["1", "3", "4", "5", "6"]);
});

test("the list keeps its place by its end only when something changed at its beginning", () => {
  const keys = (...names: string[]) => names.map((key) => ({ key }));

  expect(addedBefore(keys("2", "3"), keys("1", "2", "3"))).toBe(true);
  expect(addedBefore(keys("1", "2", "3"), keys("2", "3"))).toBe(true);
  expect(addedBefore(keys("2"), keys("2", "3"))).toBe(false);
  expect(addedBefore(keys(), keys("2"))).toBe(false);
  expect(addedBefore(keys("day 1", "2"), keys("day 1", "1", "2"))).toBe(true);
  expect(addedBefore(keys("day 1", "2"), keys("day 1", "unread", "2"))).toBe(false);
});

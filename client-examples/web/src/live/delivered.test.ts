import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { Delivered } from "./delivered";
import type { InboxEvent } from "./inbox";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function added(conversationId: string, senderId: string): InboxEvent {
  const message = { sender: { user: { id: senderId } } };
  const conversationEvent = { __typename: "MessageAddedEvent", message };
  return { conversationId, conversationEvent } as InboxEvent;
}

test("a burst is told once for each conversation, and what comes later again", () => {
  const told: string[] = [];
  const delivered = new Delivered((id) => told.push(id));
  for (const id of ["a", "a", "b"]) delivered.hear(added(id, "ben"), "me");
  vi.runAllTimers();
  expect(told).toEqual(["a", "b"]);

  delivered.hear(added("a", "ben"), "me");
  vi.runAllTimers();
  expect(told).toEqual(["a", "b", "a"]);
});

test("one's own messages are no news", () => {
  const tell = vi.fn();
  new Delivered(tell).hear(added("a", "me"), "me");
  vi.runAllTimers();

  expect(tell).not.toHaveBeenCalled();
});

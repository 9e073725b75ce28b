import { expect, test } from "vitest";

import type { Unsent } from "../workspace/outbox";
import { unseen } from "./unseen";
import type { Message } from "./window";

function waiting(clientMessageId: string, afterId: string | null = null): Unsent {
  const written = { clientMessageId, conversationId: "c", body: "Hi", replyToId: null, at: "" };
  return { ...written, afterId, problem: null };
}

function message(id: string, body: string, userId: string): Message {
  return { id, body, sender: { user: { id: userId } } } as Message;
}

test("a message that has arrived is not shown as on its way as well", () => {
  const unsent = waiting("one", "m1");
  const before = message("m1", "Hi", "me");

  expect(unseen([unsent], [before], "me")).toEqual([unsent]);
  expect(unseen([unsent], [before, message("m2", "Hi", "me")], "me")).toEqual([]);
  expect(unseen([unsent], [before, message("m2", "Hi", "other")], "me")).toEqual([unsent]);
});

test("of two equal messages each needs one of its own", () => {
  const two = [waiting("one"), waiting("two")];

  expect(unseen(two, [message("m1", "Hi", "me")], "me")).toEqual([two[1]]);
});

import { expect, test } from "vitest";

import type { InboxEvent } from "./inbox";
import { reachedBy, Receipts, together } from "./receipts";

function told(typename: "MessagesReadEvent" | "MessagesDeliveredEvent", id: string, upToSeq: number) {
  const conversationEvent = { __typename: typename, upToSeq, user: { id, name: id } };
  return { conversationId: "c", conversationEvent } as InboxEvent;
}

test("what is read has arrived, and receipts never go back", () => {
  const receipts = new Receipts();
  receipts.hear(told("MessagesReadEvent", "ben", 7), "me");
  receipts.hear(told("MessagesDeliveredEvent", "ben", 5), "me");

  expect(receipts.get().c).toEqual({ ben: { name: "ben", deliveredSeq: 7, readSeq: 7 } });
});

test("one's own are passed over", () => {
  const receipts = new Receipts();
  receipts.hear(told("MessagesReadEvent", "me", 7), "me");

  expect(receipts.get()).toEqual({});
});

test("a message is seen by those who read it or a later one", () => {
  const people = together(
    { ben: { name: "Ben", deliveredSeq: 9, readSeq: 3 } },
    { cleo: { name: "Cleo", deliveredSeq: 9, readSeq: 9 } },
  );

  expect(reachedBy(5, people)).toEqual({ seen: ["Cleo"], delivered: ["Ben", "Cleo"] });
});

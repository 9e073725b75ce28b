import { expect, test, vi } from "vitest";

import { Outbox, type Attempt, type Unsent } from "./outbox";

function written(clientMessageId: string, body = clientMessageId) {
  return { clientMessageId, conversationId: "c", body, replyToId: null, afterId: null, at: "" };
}

function outbox(attempts: Attempt[], kept: Unsent[] = []) {
  const sent: string[] = [];
  const shelf = new Map(kept.map((each) => [each.clientMessageId, each]));
  const made = new Outbox({
    send: async ({ clientMessageId }) => {
      sent.push(clientMessageId);
      return attempts.shift() ?? { state: "sent" };
    },
    shelf: {
      load: () => [...shelf.values()],
      keep: (unsent) => shelf.set(unsent.clientMessageId, unsent),
      forget: (id) => shelf.delete(id),
    },
    wait: () => Promise.resolve(),
  });
  return { made, sent, shelf };
}

test("a message is there before it is sent, and gone when the server has it", async () => {
  const { made, shelf } = outbox([]);
  made.add(written("one"));

  expect(made.get().map(({ body }) => body)).toEqual(["one"]);
  expect([...shelf.keys()]).toEqual(["one"]);

  await vi.waitUntil(() => made.get().length === 0);
  expect(shelf.size).toBe(0);
});

test("when nobody answers, the same message is sent again, before the next one", async () => {
  const { made, sent } = outbox([{ state: "again" }, { state: "again" }]);
  made.add(written("one"));
  made.add(written("two"));
  await vi.waitUntil(() => made.get().length === 0);

  expect(sent).toEqual(["one", "one", "one", "two"]);
});

test("a refused message stays with the reason, and others go on", async () => {
  const { made, sent, shelf } = outbox([{ state: "refused", problem: "too long" }]);
  made.add(written("one"));
  made.add(written("two"));
  await vi.waitUntil(() => sent.length === 2);

  expect(made.get().map(({ problem }) => problem)).toEqual(["too long"]);
  expect(shelf.get("one")?.problem).toBe("too long");

  made.retry("one");
  await vi.waitUntil(() => made.get().length === 0);
  expect(sent).toEqual(["one", "two", "one"]);
});

test("what an earlier page left is sent", async () => {
  const { made, sent } = outbox([], [{ ...written("left"), problem: null }]);
  expect(sent).toEqual([]);
  made.begin();
  await vi.waitUntil(() => made.get().length === 0);

  expect(sent).toEqual(["left"]);
});

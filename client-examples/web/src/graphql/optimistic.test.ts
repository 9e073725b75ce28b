import type { Cache } from "@urql/exchange-graphcache";
import { expect, test } from "vitest";

import { optimisticFor } from "./optimistic";

const ANA = { id: "ana", name: "Ana" };
// A message with Ana's and Ben's thumbs, as a cache keeps it.
const STORED: Record<string, Record<string, unknown>> = {
  "Message:m": { reactions: ["m.0", "m.1"] },
  "m.0": { emoji: "👍", participant: "Participant:a" },
  "m.1": { emoji: "👍", participant: "Participant:b" },
  "Participant:a": { id: "a", user: "User:ana" },
  "Participant:b": { id: "b", user: null },
  "User:ana": { id: "ana" },
};
const store = {
  resolve: (of: string | { __typename: string; id: string }, field: string) =>
    STORED[typeof of === "string" ? of : `${of.__typename}:${of.id}`]?.[field],
} as unknown as Cache;

function after(mutation: "addReaction" | "removeReaction", emoji: string) {
  const change = optimisticFor(ANA)[mutation]!;
  const payload = change({ input: { messageId: "m", emoji } }, store, {} as never);
  return (payload as { message: { reactions: { emoji: string; participant: unknown }[] } }).message.reactions;
}

test("a reaction is there at once, after those that were there", () => {
  const user = { __typename: "User", ...ANA };

  expect(after("addReaction", "🙏").map(({ emoji }) => emoji)).toEqual(["👍", "👍", "🙏"]);
  expect(after("addReaction", "🙏").at(-1)?.participant).toMatchObject({ name: "Ana", user });
});

test("taking back takes one's own alone", () => {
  const left = after("removeReaction", "👍");

  expect(left.map(({ participant }) => participant)).toEqual([{ __typename: "Participant", id: "b" }]);
});

import type { Client, Sink } from "graphql-ws";
import { beforeEach, expect, test, vi } from "vitest";

import { Resume } from "../live/resume";
import { subscribeForGood } from "./socket";

vi.mock("../live/backoff", () => ({ backoff: () => 0, pause: () => Promise.resolve() }));

interface Begun {
  payload: { variables: Record<string, unknown> };
  sink: Sink<unknown>;
}

let begun: Begun[];
const client = {
  subscribe: (payload: Begun["payload"], sink: Sink<unknown>) => {
    begun.push({ payload, sink });
    return () => {};
  },
} as unknown as Client;

beforeEach(() => {
  begun = [];
});

function follow(after = "start") {
  const heard: unknown[] = [];
  const lost = vi.fn();
  const renew = vi.fn(() => Promise.resolve());
  const endless = { resume: new Resume(after), onLost: lost, renew };
  const payload = { query: "subscription", variables: { after } };
  const stop = subscribeForGood(client, payload, { next: (event) => heard.push(event) }, endless);
  return { heard, lost, renew, stop };
}

const event = (cursor: string) => ({ data: { inboxEvents: { cursor } } });

test("each retry of the socket begins after the last event", () => {
  follow();
  begun[0]!.sink.next(event("one"));

  // graphql-ws turns the payload into text anew at each retry.
  expect(JSON.parse(JSON.stringify(begun[0]!.payload)).variables).toEqual({ after: "one" });
});

test("an event that comes twice is dropped", () => {
  const { heard } = follow();
  for (const cursor of ["one", "one", "two"]) begun[0]!.sink.next(event(cursor));

  expect(heard).toEqual([event("one"), event("two")]);
});

test("an end that graphql-ws takes as final begins it again", async () => {
  follow();
  begun[0]!.sink.next(event("one"));
  begun[0]!.sink.error({ code: 1011 });
  await vi.waitUntil(() => begun.length === 2);

  expect(begun[1]!.payload.variables).toEqual({ after: "one" });
});

test("a cursor that is worth nothing is told, and not tried again", async () => {
  const { lost } = follow();
  begun[0]!.sink.error([{ extensions: { code: "RESET" } }]);
  await vi.waitUntil(() => lost.mock.calls.length > 0);

  expect(begun.length).toBe(1);
});

test("a refused token waits for another one", async () => {
  const { renew } = follow();
  begun[0]!.sink.error({ code: 4403 });
  await vi.waitUntil(() => begun.length === 2);

  expect(renew).toHaveBeenCalledOnce();
});

test("after it was stopped nothing begins again", async () => {
  const { stop } = follow();
  stop();
  begun[0]!.sink.complete();
  await Promise.resolve();

  expect(begun.length).toBe(1);
});

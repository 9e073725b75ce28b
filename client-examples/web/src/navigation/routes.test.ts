import { expect, test } from "vitest";

import { hashOf, parseRoute } from "./routes";

test("an address survives the way there and back", () => {
  const hash = hashOf("conversations", "a/b c", { message: "x&y" });

  expect(parseRoute(hash)).toEqual({ view: "conversations", id: "a/b c", query: { message: "x&y" } });
});

test("what is no address leads to the conversations", () => {
  for (const hash of ["", "#", "#/nowhere", "#/%E0%A4"]) {
    expect(parseRoute(hash)).toEqual({ view: "conversations", id: null, query: {} });
  }
});

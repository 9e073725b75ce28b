import { expect, test } from "vitest";

import { after, NOBODY, stopped } from "./presence";

const user = { id: "u", name: "Ben" };

test("who came is there until they leave, and stops typing then", () => {
  const there = after(after(NOBODY, { kind: "CAME", user }), { kind: "TYPING", user });
  expect(there).toEqual({ present: { u: "Ben" }, typing: { u: "Ben" } });
  expect(stopped(there, "u").typing).toEqual({});
  expect(after(there, { kind: "LEFT", user })).toEqual(NOBODY);
});

test("who is a member no more is nobody", () => {
  expect(after(NOBODY, { kind: "CAME", user: null })).toBe(NOBODY);
});

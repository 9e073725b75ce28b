import { expect, test } from "vitest";

import { ending } from "./endings";

test.each([
  [[{ message: "", extensions: { code: "RESET" } }], "refetch"],
  [[{ message: "", extensions: { code: "BAD_CURSOR" } }], "refetch"],
  [[{ message: "", extensions: { code: "UNAUTHENTICATED" } }], "sign-in"],
  [[{ message: "", extensions: { code: "TOO_SLOW" } }], "again"],
  [[{ message: "" }], "again"],
  [{ code: 4403, reason: "TOKEN_EXPIRED" }, "sign-in"],
  [{ code: 1012, reason: "SERVER_RESTARTING" }, "again"],
  [{ code: 1011 }, "again"],
  [new Error("fault"), "again"],
  [null, "again"],
])("after %j: %s", (cause, expected) => {
  expect(ending(cause)).toBe(expected);
});

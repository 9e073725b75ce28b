import { expect, test } from "vitest";

import { answerOf, uploadQuery } from "./upload";

test("only what the reader chose is sent", () => {
  const choices = { title: "", timezone: "Europe/Rome", dateOrder: "DAY_FIRST", me: "" };
  expect(uploadQuery("a b&c.txt", choices)).toBe(
    "name=a+b%26c.txt&timezone=Europe%2FRome&dateOrder=DAY_FIRST",
  );
});

test("a refusal is told in the server's words, or by its number", () => {
  expect(answerOf(201, '{"id": "i"}')).toEqual({ state: "done", importId: "i" });
  const refusal = '{"errors": [{"message": "Too long."}]}';
  expect(answerOf(413, refusal)).toEqual({ state: "refused", problem: "Too long." });
  expect(answerOf(502, "<html>")).toEqual({ state: "refused", problem: "502" });
});

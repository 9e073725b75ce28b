import { expect, test } from "vitest";

import { variablesOf } from "./variables";

const text = (name: string) => ({ name, type: "TEXT", required: true });

test("each place is one variable; what is of the contact is none", () => {
  const body = "{{contact.name}}: {{ what }} at {{when}}, {{what}}!";

  expect(variablesOf(body, [])).toEqual([text("what"), text("when")]);
});

test("what is known of a variable stays, and what the text names no more is gone", () => {
  const when = { name: "when", type: "DATE", required: false, default: null, example: "2026-01-01" } as const;

  expect(variablesOf("{{when}}", [when, { name: "old", type: "TEXT", required: true }])).toEqual([when]);
});

import { expect, test } from "vitest";

import { reasonInWords } from "./reasons";

test("known codes are told in words, and others as they are", () => {
  const t = (key: string) => `<${key}>`;
  expect(reasonInWords("NO_ADDRESS", t)).toBe("<reason_noAddress>");
  expect(reasonInWords("WHATSAPP_131026", t)).toBe("WHATSAPP_131026");
  expect(reasonInWords("toString", t)).toBe("toString");
});

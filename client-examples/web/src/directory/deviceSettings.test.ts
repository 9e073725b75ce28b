import { expect, test } from "vitest";

import { isTold, NOTHING, settingsOf } from "./deviceSettings";

test("a device is told what is of its kind, and not what was left empty", () => {
  const typed = { ...NOTHING, url: "https://example.com/in", phoneNumberId: "123" };

  expect(settingsOf("HTTP", typed)).toEqual({ http: { url: "https://example.com/in" } });
  expect(settingsOf("WHATSAPP_CLOUD", typed)).toEqual({ whatsapp: { phoneNumberId: "123" } });
});

test("a loopback device is told nothing", () => {
  expect(isTold("LOOPBACK", { ...NOTHING, url: "x" })).toBe(false);
  expect(isTold("HTTP", { ...NOTHING, url: "x" })).toBe(true);
});

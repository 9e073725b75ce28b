import { expect, test } from "vitest";

import { repeatOf, ruleOf, type Repeat } from "./recurrence";

test.each<[Repeat, string | null]>([
  ["never", null],
  ["daily", "FREQ=DAILY"],
  ["weekdays", "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR"],
  ["weekly", "FREQ=WEEKLY;BYDAY=SU"],
  ["monthly", "FREQ=MONTHLY;BYMONTHDAY=22"],
  ["own", "FREQ=YEARLY"],
])("%s is %s", (repeat, rule) => {
  expect(ruleOf(repeat, "2026-11-22T10:00", " FREQ=YEARLY ")).toBe(rule);
});

test("a rule that one of the choices makes is known again, and any other is not", () => {
  for (const repeat of ["daily", "weekdays", "weekly", "monthly"] as const) {
    expect(repeatOf(ruleOf(repeat, "2026-03-02T09:00", "") ?? "")).toBe(repeat);
  }
  expect(repeatOf("FREQ=WEEKLY")).toBe("weekly");
  expect(repeatOf("FREQ=WEEKLY;BYDAY=MO,FR")).toBeNull();
  expect(repeatOf("FREQ=WEEKLY;INTERVAL=2")).toBeNull();
});

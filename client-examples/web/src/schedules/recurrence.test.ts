import { expect, test } from "vitest";

import { ruleOf, type Repeat } from "./recurrence";

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

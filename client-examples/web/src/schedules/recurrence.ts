export const REPEATS = ["never", "daily", "weekdays", "weekly", "monthly", "own"] as const;
export type Repeat = (typeof REPEATS)[number];

const DAYS = ["SU", "MO", "TU", "WE", "TH", "FR", "SA"];

/**
 * The RRULE (RFC 5545) for a choice; null for none. `start` is a local time as fields of the type
 * datetime-local give it, `own` the rule that the reader writes themselves.
 */
export function ruleOf(repeat: Repeat, start: string, own: string): string | null {
  const date = new Date(start);
  switch (repeat) {
    case "never":
      return null;
    case "daily":
      return "FREQ=DAILY";
    case "weekdays":
      return "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR";
    case "weekly":
      return `FREQ=WEEKLY;BYDAY=${DAYS[date.getDay()]}`;
    case "monthly":
      return `FREQ=MONTHLY;BYMONTHDAY=${date.getDate()}`;
    case "own":
      return own.trim() || null;
  }
}

const RULES: [Repeat, RegExp][] = [
  ["daily", /^FREQ=DAILY$/],
  ["weekdays", /^FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR$/],
  ["weekly", /^FREQ=WEEKLY(;BYDAY=[A-Z]{2})?$/],
  ["monthly", /^FREQ=MONTHLY(;BYMONTHDAY=\d+)?$/],
];

/** The choice that says all that a rule says, beside the date of the next time; null for any other rule. */
export function repeatOf(rule: string): Repeat | null {
  return RULES.find(([, form]) => form.test(rule))?.[0] ?? null;
}

/** Times in words of the reader's language; formatters are dear to make, so they are kept. */
const formatters = new Map<string, Intl.DateTimeFormat>();

function formatter(language: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = language + JSON.stringify(options);
  let found = formatters.get(key);
  if (!found) formatters.set(key, (found = new Intl.DateTimeFormat(language, options)));
  return found;
}

export function clockTime(at: string, language: string): string {
  return formatter(language, { timeStyle: "short" }).format(new Date(at));
}

export function longDate(at: string, language: string): string {
  const options = { weekday: "long", day: "numeric", month: "long", year: "numeric" } as const;
  return formatter(language, options).format(new Date(at));
}

export function dateAndTime(at: string, language: string, timeZone?: string): string {
  const options = { dateStyle: "medium", timeStyle: "short", timeZone } as const;
  return formatter(language, options).format(new Date(at));
}

/** Today the time, this week the day, else the date. */
export function briefTime(at: string, language: string, now = Date.now()): string {
  const date = new Date(at);
  const days = (now - date.getTime()) / 86_400_000;
  if (new Date(now).toDateString() === date.toDateString()) return clockTime(at, language);
  if (days >= 0 && days < 6) return formatter(language, { weekday: "short" }).format(date);
  return formatter(language, { day: "numeric", month: "numeric", year: "2-digit" }).format(date);
}

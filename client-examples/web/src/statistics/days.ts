export interface DayCount {
  /** As 2026-02-15. */
  day: string;
  count: number;
}

const DAY = 86_400_000;

/** A column for each week from the first to the last day, those without messages too. */
export function byWeek(days: readonly DayCount[]): DayCount[] {
  const first = days[0];
  const last = days.at(-1);
  if (!first || !last) return [];
  const start = Date.parse(first.day);
  const weeks = Math.floor((Date.parse(last.day) - start) / (7 * DAY)) + 1;
  const found = Array.from({ length: weeks }, (_, index) => ({
    day: new Date(start + index * 7 * DAY).toISOString().slice(0, 10),
    count: 0,
  }));
  for (const { day, count } of days) {
    const week = found[Math.floor((Date.parse(day) - start) / (7 * DAY))];
    if (week) week.count += count;
  }
  return found;
}

/** Each day from the first to the last, those without messages too. */
export function everyDay(days: readonly DayCount[]): DayCount[] {
  const counts = new Map(days.map(({ day, count }) => [day, count]));
  const first = days[0];
  const last = days.at(-1);
  if (!first || !last) return [];
  const length = Math.round((Date.parse(last.day) - Date.parse(first.day)) / DAY) + 1;
  return Array.from({ length }, (_, index) => {
    const day = new Date(Date.parse(first.day) + index * DAY).toISOString().slice(0, 10);
    return { day, count: counts.get(day) ?? 0 };
  });
}

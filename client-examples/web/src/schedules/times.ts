/** The value of a field of the type datetime-local for a moment, on the reader's own clock. */
export function localValue(moment: Date): string {
  const two = (number: number) => String(number).padStart(2, "0");
  const day = [moment.getFullYear(), two(moment.getMonth() + 1), two(moment.getDate())].join("-");
  return `${day}T${two(moment.getHours())}:${two(moment.getMinutes())}`;
}

/** The weeks of a month, each of seven days; some belong to its neighbours. `firstDay`: 1 is Monday. */
export function weeksOf(year: number, month: number, firstDay: number): Date[][] {
  const start = new Date(year, month, 1);
  start.setDate(1 - ((start.getDay() - (firstDay % 7) + 7) % 7));
  const weeks: Date[][] = [];
  while (weeks.length === 0 || dateOf(weeks.length * 7).getMonth() === month) {
    weeks.push(Array.from({ length: 7 }, (_, index) => dateOf(weeks.length * 7 + index)));
  }
  return weeks;

  function dateOf(days: number): Date {
    return new Date(start.getFullYear(), start.getMonth(), start.getDate() + days);
  }
}

/** On which day weeks begin: 1 is Monday, 7 Sunday. */
export function firstDayOfWeek(language: string): number {
  const locale = new Intl.Locale(language) as Intl.Locale & {
    weekInfo?: { firstDay: number };
    getWeekInfo?(): { firstDay: number };
  };
  return (locale.getWeekInfo?.() ?? locale.weekInfo)?.firstDay ?? 1;
}

/** A month as an address names it, such as 2031-03. */
export function nameOfMonth(date: Date): string {
  return localValue(date).slice(0, 7);
}

/** The first day of the month of that name; null for what is none. */
export function monthNamed(name: string): Date | null {
  const [, year, month] = /^(\d{4})-(0[1-9]|1[0-2])$/.exec(name) ?? [];
  return year && month ? new Date(Number(year), Number(month) - 1, 1) : null;
}

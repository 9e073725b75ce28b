/** What is asked for of each schedule: the calendar says so where that was not enough. */
export const MOST_OCCURRENCES = 100;

interface Timed {
  sendAt: string;
  nextOccurrences: readonly { at: string }[];
}

/** One time at which a schedule is, or was, due. */
export interface Entry<Schedule> {
  at: string;
  schedule: Schedule;
}

/** All that is due on each day of the reader's clock (`toDateString`), the earliest first. */
export function entriesByDay<Schedule extends Timed>(
  schedules: readonly Schedule[],
): Map<string, Entry<Schedule>[]> {
  const entries = schedules.flatMap((schedule) =>
    timesOf(schedule).map((at) => ({ at: new Date(at).toISOString(), schedule })),
  );
  entries.sort((one, other) => (one.at < other.at ? -1 : 1));
  const days = new Map<string, Entry<Schedule>[]>();
  for (const entry of entries) {
    const day = new Date(entry.at).toDateString();
    days.set(day, [...(days.get(day) ?? []), entry]);
  }
  return days;
}

/** Whether a schedule goes on before the moment, beyond what is known of it. */
export function isCutBefore({ nextOccurrences }: Timed, moment: Date): boolean {
  const last = nextOccurrences[MOST_OCCURRENCES - 1];
  return last !== undefined && new Date(last.at) < moment;
}

/** The first time, and those to come, each once. */
function timesOf({ sendAt, nextOccurrences }: Timed): string[] {
  const times = [sendAt, ...nextOccurrences.map(({ at }) => at)];
  return [...new Map(times.map((at) => [Date.parse(at), at])).values()];
}

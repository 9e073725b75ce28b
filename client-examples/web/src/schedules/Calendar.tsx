import { useMemo, useState } from "react";

import { useSpeech } from "../i18n/language";
import { IconButton } from "../ui/Button";
import { clockTime } from "../ui/time";
import { firstDayOfWeek, weeksOf } from "./times";
import type { Schedule } from "./useSchedules";

const MOST_A_DAY = 3;

/** A month, on the reader's own clock. */
export function Calendar({ schedules }: { schedules: readonly Schedule[] }) {
  const { t, locale } = useSpeech();
  const [first, setFirst] = useState(() => new Date(new Date().setDate(1)));
  const year = first.getFullYear();
  const month = first.getMonth();
  const weeks = weeksOf(year, month, firstDayOfWeek(locale));
  const byDay = useMemo(() => Map.groupBy(schedules, (each) => dayOf(each)), [schedules]);
  const weekday = new Intl.DateTimeFormat(locale, { weekday: "short" });
  const name = new Intl.DateTimeFormat(locale, { month: "long", year: "numeric" }).format(first);
  const today = new Date().toDateString();
  const turn = (months: number) => setFirst(new Date(year, month + months, 1));
  return (
    <section className="calendar" aria-label={t("calendar")}>
      <header className="calendar-head">
        <IconButton icon="back" flips label={t("monthBefore")} onClick={() => turn(-1)} />
        <h2 aria-live="polite">{name}</h2>
        <IconButton icon="forward" flips label={t("monthAfter")} onClick={() => turn(1)} />
      </header>
      <table>
        <thead>
          <tr>
            {weeks[0]?.map((day) => (
              <th key={day.getDay()} scope="col">
                {weekday.format(day)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {weeks.map((week) => (
            <tr key={String(week[0])}>
              {week.map((day) => (
                <td
                  key={String(day)}
                  data-other={day.getMonth() !== month}
                  aria-current={day.toDateString() === today ? "date" : undefined}
                >
                  <span className="calendar-day">{day.getDate().toLocaleString(locale)}</span>
                  <Entries schedules={byDay.get(day.toDateString()) ?? []} />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Entries({ schedules }: { schedules: readonly Schedule[] }) {
  const { t, locale } = useSpeech();
  const rest = schedules.length - MOST_A_DAY;
  return (
    <ul>
      {schedules.slice(0, MOST_A_DAY).map((each) => (
        <li key={each.id} className="calendar-entry" data-status={each.status} title={each.body}>
          {clockTime(each.nextAt ?? each.sendAt, locale)}{" "}
          <bdi>{each.conversation?.title ?? each.body}</bdi>
        </li>
      ))}
      {rest > 0 && <li className="quiet">{t("andMore", { count: rest })}</li>}
    </ul>
  );
}

function dayOf({ nextAt, sendAt }: Schedule): string {
  return new Date(nextAt ?? sendAt).toDateString();
}

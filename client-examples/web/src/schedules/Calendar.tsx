import { useMemo, useState } from "react";

import { CalendarSchedulesDocument, type CalendarSchedulesQuery } from "../generated/graphql";
import { useList } from "../graphql/useList";
import { useSpeech } from "../i18n/language";
import { hashOf, stay, useRoute } from "../navigation/routes";
import { Button, IconButton } from "../ui/Button";
import { clockTime } from "../ui/time";
import { entriesByDay, isCutBefore, MOST_OCCURRENCES, type Entry } from "./entries";
import { firstDayOfWeek, monthNamed, nameOfMonth, weeksOf } from "./times";
import { outline } from "./pieces";

type Schedule = CalendarSchedulesQuery["schedules"]["nodes"][number];

const MOST_A_DAY = 3;
const ALL = {};

/** A month, on the reader's own clock, with each time at which something is sent. */
export function Calendar() {
  const { t, locale } = useSpeech();
  const list = useList(CalendarSchedulesDocument, ({ schedules }) => schedules, ALL);
  const { query } = useRoute();
  const first = monthNamed(query.month ?? "") ?? new Date(new Date().setDate(1));
  const year = first.getFullYear();
  const month = first.getMonth();
  const weeks = weeksOf(year, month, firstDayOfWeek(locale));
  const byDay = useMemo(() => entriesByDay(list.nodes), [list.nodes]);
  const weekday = new Intl.DateTimeFormat(locale, { weekday: "short" });
  const name = new Intl.DateTimeFormat(locale, { month: "long", year: "numeric" }).format(first);
  const today = new Date().toDateString();
  const turn = (months: number) =>
    stay("schedules", null, { ...query, month: nameOfMonth(new Date(year, month + months, 1)) });
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
                  <Entries entries={byDay.get(day.toDateString()) ?? []} />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {list.nodes.some((each) => isCutBefore(each, new Date(year, month + 1, 1))) && (
        <p className="quiet">{t("nextTimesOnly", { count: MOST_OCCURRENCES })}</p>
      )}
      {list.loadMore && <Button onClick={list.loadMore}>{t("more")}</Button>}
    </section>
  );
}

/** What is due on one day, each a way to its schedule. */
function Entries({ entries }: { entries: readonly Entry<Schedule>[] }) {
  const { t, locale } = useSpeech();
  const [isWhole, setWhole] = useState(false);
  const shown = isWhole ? entries : entries.slice(0, MOST_A_DAY);
  const rest = entries.length - shown.length;
  return (
    <ul>
      {shown.map(({ at, schedule }) => (
        <li key={`${schedule.id} ${at}`}>
          <a
            className="calendar-entry"
            href={hashOf("schedules", schedule.id)}
            data-status={schedule.status}
            title={outline(schedule)}
          >
            <time dateTime={at}>{clockTime(at, locale)}</time>{" "}
            <bdi>{schedule.conversation?.title ?? schedule.recipientGroup?.name ?? outline(schedule)}</bdi>
          </a>
        </li>
      ))}
      {rest > 0 && (
        <li>
          <button type="button" className="calendar-entry" onClick={() => setWhole(true)}>
            {t("andMore", { count: rest })}
          </button>
        </li>
      )}
    </ul>
  );
}

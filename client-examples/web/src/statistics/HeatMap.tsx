import { useSpeech } from "../i18n/language";

interface HourCount {
  /** 1 is Monday, 7 is Sunday. */
  weekday: number;
  /** From 0 to 23. */
  hour: number;
  count: number;
}

const SHADES = 5;
const HOURS = Array.from({ length: 24 }, (_, hour) => hour);
const WEEKDAYS = [1, 2, 3, 4, 5, 6, 7];
/** 1 January 2024 was a Monday. */
const weekdayDate = (weekday: number) => new Date(Date.UTC(2024, 0, weekday));

/** When people write: a row a weekday, a column an hour, the darker the more. */
export function HeatMap({ hours }: { hours: readonly HourCount[] }) {
  const { t, locale } = useSpeech();
  const counts = new Map(hours.map(({ weekday, hour, count }) => [weekday * 24 + hour, count]));
  const most = Math.max(1, ...counts.values());
  const short = new Intl.DateTimeFormat(locale, { weekday: "short", timeZone: "UTC" });
  return (
    <div className="heat-scroll" tabIndex={0} role="region" aria-label={t("perHour")}>
      <table className="heat">
        <thead>
          <tr>
            <td />
            {HOURS.map((hour) => (
              <th key={hour} scope="col">
                <span className={hour % 6 === 0 ? "" : "unseen"}>{hour.toLocaleString(locale)}</span>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {WEEKDAYS.map((weekday) => (
            <tr key={weekday}>
              <th scope="row">{short.format(weekdayDate(weekday))}</th>
              {HOURS.map((hour) => {
                const count = counts.get(weekday * 24 + hour) ?? 0;
                return (
                  <td key={hour} data-shade={shadeOf(count, most)} title={count.toLocaleString(locale)}>
                    <span className="unseen">{count.toLocaleString(locale)}</span>
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** From 0, for none, to 5. The root keeps the many small counts apart. */
export function shadeOf(count: number, most: number): number {
  return count === 0 ? 0 : Math.max(1, Math.ceil(Math.sqrt(count / most) * SHADES));
}

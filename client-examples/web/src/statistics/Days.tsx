import { useSpeech } from "../i18n/language";
import { byWeek, everyDay, type DayCount } from "./days";

const WIDTH = 900;
const HEIGHT = 180;
/** More columns than this would be thinner than a line: then each is a week. */
const MOST_COLUMNS = 200;

/** How many messages there were a day, or a week where there are many days. */
export function Days({ days }: { days: readonly DayCount[] }) {
  const { t, locale } = useSpeech();
  const daily = everyDay(days);
  const columns = daily.length > MOST_COLUMNS ? byWeek(days) : daily;
  const first = columns[0];
  const last = columns.at(-1);
  if (!first || !last) return null;
  const most = columns.reduce((best, each) => (each.count > best.count ? each : best), first);
  const width = WIDTH / columns.length;
  const date = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeZone: "UTC" });
  const named = ({ day }: DayCount) => date.format(new Date(day));
  return (
    <figure className="days">
      <svg
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={t("mostOn", { day: named(most), count: most.count })}
      >
        {columns.map((each, index) => {
          const height = (each.count / most.count) * HEIGHT;
          return (
            <rect
              key={each.day}
              x={index * width}
              y={HEIGHT - height}
              width={Math.max(1, width * 0.82)}
              height={height}
              rx={Math.min(3, width / 4)}
            >
              <title>{`${named(each)}: ${each.count.toLocaleString(locale)}`}</title>
            </rect>
          );
        })}
      </svg>
      <figcaption>
        <span>{named(first)}</span>
        <span>{t("mostOn", { day: named(most), count: most.count })}</span>
        <span>{named(last)}</span>
      </figcaption>
      <details className="days-table">
        <summary>{t("asTable")}</summary>
        <div tabIndex={0} role="region" aria-label={t("perDay")}>
          <table>
            <thead>
              <tr>
                <th scope="col">{t("date")}</th>
                <th scope="col">{t("messages")}</th>
              </tr>
            </thead>
            <tbody>
              {days.map((each) => (
                <tr key={each.day}>
                  <th scope="row">{named(each)}</th>
                  <td>{each.count.toLocaleString(locale)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </details>
    </figure>
  );
}

import { useSpeech } from "../i18n/language";

export interface Bar {
  name: string;
  count: number;
  /** What else is to be said, in words. */
  more?: string;
}

/** Names with bars as long as their counts: a list for who hears it, a chart for who sees it. */
export function Bars({ bars }: { bars: readonly Bar[] }) {
  const { locale } = useSpeech();
  const most = Math.max(1, ...bars.map(({ count }) => count));
  return (
    <ul className="bars">
      {bars.map(({ name, count, more }) => (
        <li key={name}>
          <span className="bars-name">
            <bdi>{name}</bdi>
            {more && <span className="quiet"> {more}</span>}
          </span>
          <meter className="bars-bar" min={0} max={most} value={count} aria-hidden="true" />
          <span className="bars-count">{count.toLocaleString(locale)}</span>
        </li>
      ))}
    </ul>
  );
}

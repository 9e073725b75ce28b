import { useQuery } from "urql";

import { ownTimeZone } from "../browser/timeZones";
import { StatisticsDocument, type StatisticsQuery } from "../generated/graphql";
import { useSpeech } from "../i18n/language";
import { useRoute } from "../navigation/routes";
import "../styles/statistics.css";
import { dateAndTime, longDate } from "../ui/time";
import { Bars } from "./Bars";
import { Days } from "./Days";
import { duration } from "./durations";
import { HeatMap } from "./HeatMap";
import { usePicker } from "./usePicker";

export type Statistics = NonNullable<NonNullable<StatisticsQuery["conversation"]>["statistics"]>;

export default function StatisticsView() {
  const { t } = useSpeech();
  const { id } = useRoute();
  const { chosen, absence, picker } = usePicker(id);
  return (
    <main className="page">
      <div className="page-body">
        <header className="page-header">
          <h1>{t("statistics")}</h1>
          {picker}
        </header>
        {chosen === null ? (
          <p className="quiet">{absence}</p>
        ) : (
          <Charts key={chosen} conversationId={chosen} />
        )}
      </div>
    </main>
  );
}

function Charts({ conversationId }: { conversationId: string }) {
  const { t, locale } = useSpeech();
  const [{ data, error, fetching }] = useQuery({
    query: StatisticsDocument,
    variables: { id: conversationId, timeZone: ownTimeZone() },
    requestPolicy: "cache-and-network",
  });
  const statistics = data?.conversation?.statistics;
  if (!statistics) {
    return <p className="quiet">{t(error ? "failed" : fetching ? "loading" : "notCountedYet")}</p>;
  }
  if (statistics.messageCount === 0) return <p className="quiet">{t("empty")}</p>;
  const { perDay, perHour, perParticipant, topWords, topEmoji, asOf } = statistics;
  return (
    <div className="stack">
      <Figures statistics={statistics} />
      <section className="card">
        <h2>{t("perDay")}</h2>
        <Days days={perDay} />
      </section>
      <section className="card">
        <h2>{t("perHour")}</h2>
        <HeatMap hours={perHour} />
      </section>
      <section className="card">
        <h2>{t("perParticipant")}</h2>
        <Bars
          bars={perParticipant.map(({ participant, messageCount, responseSeconds }) => ({
            name: participant?.name ?? "—",
            count: messageCount,
            more: responseSeconds === null ? "" : t("answersIn", { time: duration(responseSeconds, locale) }),
          }))}
        />
      </section>
      <div className="statistics-pair">
        <section className="card">
          <h2>{t("topWords")}</h2>
          <Bars bars={topWords.map(({ text, count }) => ({ name: text, count }))} />
        </section>
        <section className="card">
          <h2>{t("topEmoji")}</h2>
          <Bars bars={topEmoji.map(({ text, count }) => ({ name: text, count }))} />
        </section>
      </div>
      <p className="quiet">{t("countedAt", { time: dateAndTime(asOf, locale) })}</p>
    </div>
  );
}

function Figures({ statistics }: { statistics: Statistics }) {
  const { t, locale } = useSpeech();
  const { messageCount, senderCount, averageLength, responseSeconds, firstAt, lastAt } = statistics;
  const number = (value: number) => value.toLocaleString(locale, { maximumFractionDigits: 0 });
  const figures: [string, string][] = [
    [t("messages"), number(messageCount)],
    [t("people"), number(senderCount)],
    [t("averageLength"), number(averageLength ?? 0)],
    ...(responseSeconds === null
      ? []
      : [[t("responseTime"), duration(responseSeconds, locale)] as [string, string]]),
  ];
  return (
    <>
      <dl className="figures">
        {figures.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      {firstAt && lastAt && (
        <p className="quiet">
          {longDate(firstAt, locale)} – {longDate(lastAt, locale)}
        </p>
      )}
    </>
  );
}

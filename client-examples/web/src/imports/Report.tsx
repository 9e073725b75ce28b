import { useSpeech } from "../i18n/language";
import { dateAndTime } from "../ui/time";
import type { Preview } from "./usePreview";

/** What an import would find. Nothing is kept of it yet. */
export function Report({ preview }: { preview: Preview }) {
  const { t, locale } = useSpeech();
  const { messages, firstAt, lastAt, authors, media, rejectedCount, ambiguousCount, dates } = preview;
  const time = (at: string) => dateAndTime(at, locale, preview.timezone);
  return (
    <section className="report" aria-label={t("report")}>
      <dl className="figures">
        <Figure name={t("messages")} value={messages.toLocaleString(locale)} />
        <Figure name={t("people")} value={authors.length.toLocaleString(locale)} />
        <Figure name={t("files")} value={media.toLocaleString(locale)} />
        <Figure name={t("rejectedLines")} value={rejectedCount.toLocaleString(locale)} />
      </dl>
      {firstAt && lastAt && (
        <p>
          {time(firstAt)} – {time(lastAt)}
        </p>
      )}
      {dates && (
        <p className={dates.guessed ? "problem" : "quiet"}>
          {t(`dateOrder_${dates.order}`)}: {dates.description}
        </p>
      )}
      <Lines title={t("rejectedLines")} lines={preview.rejected} />
      {ambiguousCount > 0 && <Lines title={t("ambiguousLines")} lines={preview.ambiguous} />}
      <details>
        <summary>{t("firstMessages")}</summary>
        <ul className="stack report-lines">
          {preview.firstMessages.map(({ line, author, sentAt, body }) => (
            <li key={line}>
              <bdi>{author}</bdi> <span className="quiet">{time(sentAt)}</span>
              <p className="body" dir="auto">
                {body}
              </p>
            </li>
          ))}
        </ul>
      </details>
    </section>
  );
}

function Figure({ name, value }: { name: string; value: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}

function Lines({ title, lines }: { title: string; lines: { line: number; text: string }[] }) {
  const { locale } = useSpeech();
  if (lines.length === 0) return null;
  return (
    <details>
      <summary>{title}</summary>
      <ol className="report-lines">
        {lines.map(({ line, text }) => (
          <li key={line} value={line}>
            <span className="quiet">{line.toLocaleString(locale)}</span>{" "}
            <code dir="auto">{text}</code>
          </li>
        ))}
      </ol>
    </details>
  );
}

import { useQuery } from "urql";

import { PreviewOccurrencesDocument, type TimingInput } from "../generated/graphql";
import { useSpeech } from "../i18n/language";
import { dateAndTime } from "../ui/time";
import { useSettled } from "../ui/useSettled";

const SHOWN = 5;

/** When a schedule of this timing would be sent: the server reckons it, clocks that change included. */
export function Occurrences({ timing }: { timing: TimingInput }) {
  const { t, locale } = useSpeech();
  const input = useSettled(timing);
  const [{ data, error }] = useQuery({
    query: PreviewOccurrencesDocument,
    variables: { input, first: SHOWN },
  });
  const problem = error?.networkError ? t("serverAway") : error?.graphQLErrors[0]?.message;
  return (
    <section className="occurrences" aria-label={t("occurrences")} aria-live="polite">
      <h3>{t("occurrences")}</h3>
      {problem && <p className="quiet">{problem}</p>}
      <ol>
        {!problem &&
          data?.previewOccurrences.map(({ at, localTime }) => (
            <li key={at} title={localTime}>
              {dateAndTime(at, locale, input.timeZone ?? undefined)}
            </li>
          ))}
      </ol>
    </section>
  );
}

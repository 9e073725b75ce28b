import { useState } from "react";
import { useQuery } from "urql";

import { ScheduleDeliveriesDocument } from "../generated/graphql";
import { useSpeech } from "../i18n/language";
import { dateAndTime } from "../ui/time";

const MOST = 100;

/** How each recipient's message fares, while one looks on. Fetched when it is opened. */
export function Recipients({ scheduleId }: { scheduleId: string }) {
  const { t } = useSpeech();
  const [isOpen, setOpen] = useState(false);
  return (
    <details onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{t("recipients")}</summary>
      {isOpen && <List scheduleId={scheduleId} />}
    </details>
  );
}

function List({ scheduleId }: { scheduleId: string }) {
  const { t, locale } = useSpeech();
  const [{ data, error }] = useQuery({
    query: ScheduleDeliveriesDocument,
    variables: { id: scheduleId, first: MOST },
  });
  const deliveries = data?.schedule?.deliveries;
  if (!deliveries) return <p className="quiet">{t(error ? "failed" : "loading")}</p>;
  return (
    <ul className="recipients">
      {deliveries.nodes.map(({ id, recipient, status, dueAt, errorCode }) => (
        <li key={id}>
          <bdi>{recipient}</bdi>
          <span className="quiet">{dateAndTime(dueAt, locale)}</span>
          <span className="status" data-tone={errorCode ? "bad" : ""}>
            {t(`delivery_${status}`)} {errorCode}
          </span>
        </li>
      ))}
      {deliveries.pageInfo.hasNextPage && <li className="quiet">{t("firstOnly", { count: MOST })}</li>}
    </ul>
  );
}

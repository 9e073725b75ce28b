import { useMemo, useState } from "react";

import { ScheduleDeliveriesDocument, type ScheduleDeliveriesQuery } from "../generated/graphql";
import { useList } from "../graphql/useList";
import { useSpeech } from "../i18n/language";
import { Button } from "../ui/Button";
import { dateAndTime } from "../ui/time";
import { reasonInWords } from "./reasons";

type Deliveries = NonNullable<ScheduleDeliveriesQuery["schedule"]>["deliveries"];

const NONE: Pick<Deliveries, "nodes" | "pageInfo"> = {
  nodes: [],
  pageInfo: { hasNextPage: false, endCursor: null },
};

interface Props {
  scheduleId: string;
  /** Whether each recipient is told something else. */
  areWordsTheirs: boolean;
}

/** How each recipient's message fares, while one looks on. Fetched when it is opened. */
export function Recipients(props: Props) {
  const { t } = useSpeech();
  const [isOpen, setOpen] = useState(false);
  return (
    <details onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{t("recipients")}</summary>
      {isOpen && <List {...props} />}
    </details>
  );
}

function List({ scheduleId, areWordsTheirs }: Props) {
  const { t, locale } = useSpeech();
  const filter = useMemo(() => ({ id: scheduleId }), [scheduleId]);
  const list = useList(ScheduleDeliveriesDocument, ({ schedule }) => schedule?.deliveries ?? NONE, filter);
  if (list.nodes.length === 0) return <p className="quiet">{t(list.failed ? "failed" : "loading")}</p>;
  return (
    <>
      <ul className="recipients">
        {list.nodes.map(({ id, recipient, contact, body, status, dueAt, errorCode }) => (
          <li key={id}>
            <bdi title={recipient}>{contact?.name ?? recipient}</bdi>
            <span className="quiet">{dateAndTime(dueAt, locale)}</span>
            <span className="status" data-tone={errorCode ? "bad" : ""} title={errorCode ?? undefined}>
              {t(`delivery_${status}`)}
              {errorCode && `: ${reasonInWords(errorCode, t)}`}
            </span>
            {areWordsTheirs && (
              <p className="body quiet" dir="auto">
                {body}
              </p>
            )}
          </li>
        ))}
      </ul>
      {list.loadMore && <Button onClick={list.loadMore}>{t("more")}</Button>}
    </>
  );
}

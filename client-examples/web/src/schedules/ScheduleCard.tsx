import { useEffect, useRef } from "react";
import { useQuery } from "urql";

import { ScheduleDeliveriesDocument, type DeliveryStatus, type ScheduleStatus } from "../generated/graphql";
import { useSpeech } from "../i18n/language";
import { hashOf } from "../navigation/routes";
import { Icon } from "../ui/Icon";
import { dateAndTime } from "../ui/time";
import { Recipients } from "./Recipients";
import { repeatOf } from "./recurrence";
import { ScheduleActions } from "./ScheduleActions";
import type { Schedule } from "./useSchedules";
import { ScheduleText } from "./ScheduleText";

const TONES: Record<ScheduleStatus, string> = {
  ACTIVE: "live",
  PAUSED: "",
  COMPLETED: "good",
  CANCELLED: "",
};
const BAD = new Set<DeliveryStatus>(["FAILED", "EXPIRED", "UNKNOWN"]);

interface Props {
  schedule: Schedule;
  /** Whether the reader was led to it. */
  isChosen: boolean;
}

export function ScheduleCard({ schedule, isChosen }: Props) {
  const { t, locale } = useSpeech();
  const card = useRef<HTMLLIElement>(null);
  useEffect(() => {
    if (isChosen) card.current?.focus();
  }, [isChosen]);
  const { status, sendAt, nextAt, timeZone, recurrence, conversation, recipientGroup } = schedule;
  const only = useOnlyDelivery(schedule);
  return (
    <li ref={card} className="card schedule" tabIndex={-1} data-chosen={isChosen}>
      <div className="schedule-head">
        {conversation && (
          <a href={hashOf("conversations", conversation.id)}>
            <bdi>{conversation.title}</bdi>
          </a>
        )}
        {recipientGroup && (
          <a href={hashOf("directory", "groups")}>
            <bdi>{recipientGroup.name}</bdi>
          </a>
        )}
        {!conversation && !recipientGroup && (
          <a href={hashOf("directory", "contacts")}>
            {only ? <bdi>{only.contact?.name ?? only.recipient}</bdi> : t("contacts")}
          </a>
        )}
        <span className="status" data-tone={TONES[status]}>
          {t(`schedule_${status}`)}
        </span>
      </div>
      <ScheduleText schedule={schedule} told={only?.body ?? null} />
      <p className="quiet">
        {t(nextAt ? "nextAt" : "wasDueAt")} {dateAndTime(nextAt ?? sendAt, locale, timeZone)} (
        {timeZone})
        {recurrence && <Rule rule={recurrence} />}
      </p>
      <Deliveries schedule={schedule} />
      <ScheduleActions schedule={schedule} />
    </li>
  );
}

/** The one delivery that there was, where that says whom it is to or what it says. */
function useOnlyDelivery({ id, templateId, conversation, recipientGroup, deliveries }: Schedule) {
  const total = deliveries.reduce((sum, { count }) => sum + count, 0);
  const isWanted = total === 1 && (templateId !== null || (!conversation && !recipientGroup));
  const variables = { id, first: 1 };
  const [{ data }] = useQuery({ query: ScheduleDeliveriesDocument, variables, pause: !isWanted });
  return isWanted ? data?.schedule?.deliveries.nodes[0] : undefined;
}

/** How many recipients it reached, as it goes on. */
function Deliveries({ schedule: { id, deliveries, conversation, templateId } }: { schedule: Schedule }) {
  const { t, locale } = useSpeech();
  const total = deliveries.reduce((sum, { count }) => sum + count, 0);
  if (total === 0) return null;
  const open = deliveries
    .filter(({ status }) => status === "QUEUED" || status === "SENDING")
    .reduce((sum, { count }) => sum + count, 0);
  return (
    <div className="schedule-deliveries">
      {open > 0 && <progress max={total} value={total - open} aria-label={t("progress")} />}
      <ul className="chips" aria-label={t("deliveries")}>
        {deliveries.map(({ status, count }) => (
          <li key={status} className="status" data-tone={BAD.has(status) ? "bad" : ""}>
            {t(`delivery_${status}`)} {count.toLocaleString(locale)}
          </li>
        ))}
      </ul>
      {conversation === null && <Recipients scheduleId={id} areWordsTheirs={templateId !== null} />}
    </div>
  );
}

/** A rule in words, or as it is where there are none for it. */
function Rule({ rule }: { rule: string }) {
  const { t } = useSpeech();
  const repeat = repeatOf(rule);
  return (
    <span className="schedule-rule" title={rule}>
      <Icon name="repeat" />
      {repeat ? t(`repeat_${repeat}`) : <code dir="ltr">{rule}</code>}
    </span>
  );
}

import { useState } from "react";
import { useMutation } from "urql";

import { hashOf } from "../app/routes";
import {
  CancelScheduleDocument,
  type DeliveryStatus,
  type ScheduleStatus,
} from "../generated/graphql";
import { useSpeech } from "../i18n/language";
import { mayWrite } from "../messages/actions";
import { useViewer } from "../session/session";
import { Button } from "../ui/Button";
import { problemOf } from "../ui/problems";
import { dateAndTime } from "../ui/time";
import type { Schedule } from "./useSchedules";

const TONES: Record<ScheduleStatus, string> = {
  ACTIVE: "live",
  PAUSED: "",
  COMPLETED: "good",
  CANCELLED: "",
};
const BAD = new Set<DeliveryStatus>(["FAILED", "EXPIRED", "UNKNOWN"]);

export function ScheduleCard({ schedule }: { schedule: Schedule }) {
  const { t, locale } = useSpeech();
  const { status, body, sendAt, nextAt, timeZone, conversation } = schedule;
  return (
    <li className="card schedule">
      <div className="schedule-head">
        {conversation && (
          <a href={hashOf("conversations", conversation.id)}>
            <bdi>{conversation.title}</bdi>
          </a>
        )}
        <span className="status" data-tone={TONES[status]}>
          {t(`schedule_${status}`)}
        </span>
      </div>
      <p className="body schedule-body" dir="auto">
        {body}
      </p>
      <p className="quiet">
        {t(nextAt ? "nextAt" : "wasDueAt")} {dateAndTime(nextAt ?? sendAt, locale, timeZone)} ({timeZone})
      </p>
      <Deliveries schedule={schedule} />
      <Actions schedule={schedule} />
    </li>
  );
}

/** How many recipients it reached, as it goes on. */
function Deliveries({ schedule: { deliveries } }: { schedule: Schedule }) {
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
    </div>
  );
}

function Actions({ schedule: { id, status } }: { schedule: Schedule }) {
  const { t } = useSpeech();
  const viewer = useViewer();
  const [{ fetching }, cancel] = useMutation(CancelScheduleDocument);
  const [problem, setProblem] = useState<string | null>(null);
  if (!mayWrite(viewer) || (status !== "ACTIVE" && status !== "PAUSED")) return null;
  const run = async () => {
    const { data, error } = await cancel({ input: { scheduleId: id } });
    setProblem(problemOf(error, data?.cancelSchedule.userErrors, t));
  };
  return (
    <div className="schedule-actions">
      <p className="problem" role="alert">
        {problem}
      </p>
      <Button disabled={fetching} onClick={() => void run()}>
        {t("cancelSchedule")}
      </Button>
    </div>
  );
}

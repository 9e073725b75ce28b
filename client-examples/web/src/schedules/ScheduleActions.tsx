import { useState } from "react";
import { useClient, type AnyVariables, type DocumentInput } from "urql";

import {
  CancelScheduleDocument,
  PauseScheduleDocument,
  ResumeScheduleDocument,
  RetryDeliveriesDocument,
  type UserErrorFieldsFragment,
} from "../generated/graphql";
import { useSpeech } from "../i18n/language";
import { mayWrite } from "../messages/actions";
import { useViewer } from "../session/session";
import { Button } from "../ui/Button";
import { problemOf } from "../ui/problems";
import type { Schedule } from "./useSchedules";

/** What can be done with a schedule as it is. The inbox tells what came of it. */
export function ScheduleActions({ schedule: { id, status, deliveries } }: { schedule: Schedule }) {
  const { t } = useSpeech();
  const viewer = useViewer();
  const client = useClient();
  const [problem, setProblem] = useState<string | null>(null);
  if (!mayWrite(viewer)) return null;
  const run = async (document: DocumentInput<object, AnyVariables>) => {
    const input = { scheduleId: id };
    const { data, error } = await client.mutation(document, { input }).toPromise();
    const [payload] = Object.values(data ?? {}) as { userErrors: UserErrorFieldsFragment[] }[];
    setProblem(problemOf(error, payload?.userErrors, t));
  };
  const isOpen = status === "ACTIVE" || status === "PAUSED";
  const hasFailed = deliveries.some((each) => each.status === "FAILED" || each.status === "EXPIRED");
  return (
    <div className="schedule-actions">
      <p className="problem" role="alert">
        {problem}
      </p>
      {hasFailed && status !== "CANCELLED" && (
        <Button onClick={() => void run(RetryDeliveriesDocument)}>{t("retryFailed")}</Button>
      )}
      {status === "ACTIVE" && (
        <Button icon="pause" onClick={() => void run(PauseScheduleDocument)}>
          {t("pause")}
        </Button>
      )}
      {status === "PAUSED" && (
        <Button icon="play" onClick={() => void run(ResumeScheduleDocument)}>
          {t("resume")}
        </Button>
      )}
      {isOpen && (
        <Button onClick={() => void run(CancelScheduleDocument)}>{t("cancelSchedule")}</Button>
      )}
    </div>
  );
}

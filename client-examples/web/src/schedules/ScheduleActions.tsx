import { useState } from "react";
import type { TypedDocumentNode } from "urql";

import {
  CancelScheduleDocument,
  PauseScheduleDocument,
  ResumeScheduleDocument,
  RetryDeliveriesDocument,
} from "../generated/graphql";
import { useChange } from "../graphql/useChange";
import { useSpeech } from "../i18n/language";
import { mayWrite } from "../session/roles";
import { useViewer } from "../session/session";
import { Button } from "../ui/Button";
import { Question } from "../ui/Dialog";
import type { Schedule } from "./useSchedules";

/** What can be done with a schedule as it is. The inbox tells what came of it. */
export function ScheduleActions({ schedule: { id, status, deliveries } }: { schedule: Schedule }) {
  const { t } = useSpeech();
  const viewer = useViewer();
  const change = useChange();
  const [problem, setProblem] = useState<string | null>(null);
  const [isAsking, setAsking] = useState(false);
  if (!mayWrite(viewer)) return null;
  const run = async (document: TypedDocumentNode<object, { input: { scheduleId: string } }>) =>
    setProblem((await change(document, { scheduleId: id })).problem);
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
      {isOpen && <Button onClick={() => setAsking(true)}>{t("cancelSchedule")}</Button>}
      {isAsking && (
        <Question
          title={t("cancelScheduleQuestion")}
          no="keepSchedule"
          yes="cancelSchedule"
          onNo={() => setAsking(false)}
          onYes={() => {
            setAsking(false);
            void run(CancelScheduleDocument);
          }}
        />
      )}
    </div>
  );
}

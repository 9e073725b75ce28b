import { useState } from "react";
import { useMutation, useSubscription } from "urql";

import {
  CancelImportDocument,
  ImportProgressDocument,
  UndoImportDocument,
  type ImportFieldsFragment,
  type ImportStatus,
} from "../generated/graphql";
import { useSpeech } from "../i18n/language";
import { hashOf } from "../navigation/routes";
import { isAdministrator } from "../session/roles";
import { useViewer } from "../session/session";
import { Button } from "../ui/Button";
import { Question } from "../ui/Dialog";
import { problemOf } from "../ui/problems";
import { dateAndTime } from "../ui/time";

const GOING_ON = new Set<ImportStatus>(["UPLOADING", "QUEUED", "RUNNING", "UNDOING"]);
const TONES: Partial<Record<ImportStatus, string>> = {
  QUEUED: "live",
  RUNNING: "live",
  UNDOING: "live",
  COMPLETED: "good",
  FAILED: "bad",
};

/** An import as it is; while it goes on, it is followed. The cache takes in each step. */
export function ImportCard({ known }: { known: ImportFieldsFragment }) {
  const { t, locale } = useSpeech();
  const isGoingOn = GOING_ON.has(known.status);
  useSubscription({
    query: ImportProgressDocument,
    variables: { importId: known.id },
    pause: !isGoingOn,
  });
  const { fileName, status, share, createdAt, errorMessage, conversation } = known;
  const number = (value: number) => value.toLocaleString(locale);
  return (
    <li className="card import">
      <div className="import-head">
        <bdi className="import-name">{fileName}</bdi>
        <span className="status" data-tone={TONES[status] ?? ""}>
          {t(`import_${status}`)}
        </span>
      </div>
      {isGoingOn && <progress max={1} value={share} aria-label={t("progress")} />}
      {errorMessage && <p className="problem">{errorMessage}</p>}
      <p className="quiet">
        {dateAndTime(createdAt, locale)} · {t("addedMessages", { count: known.added })}
        {known.duplicates > 0 && ` · ${t("knownMessages", { count: known.duplicates })}`}
        {known.rejected > 0 && ` · ${t("rejectedLines")}: ${number(known.rejected)}`}
        {known.media > 0 && ` · ${t("files")}: ${number(known.media)}`}
      </p>
      <div className="import-foot">
        {conversation && (
          <a href={hashOf("conversations", conversation.id)}>
            <bdi>{conversation.title}</bdi>
          </a>
        )}
        <Actions known={known} />
      </div>
    </li>
  );
}

function Actions({ known: { id, status } }: { known: ImportFieldsFragment }) {
  const { t } = useSpeech();
  const viewer = useViewer();
  const [, cancel] = useMutation(CancelImportDocument);
  const [, undo] = useMutation(UndoImportDocument);
  const [isAsking, setAsking] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const input = { importId: id };
  const runCancel = async () => {
    const { data, error } = await cancel({ input });
    setProblem(problemOf(error, data?.cancelImport.userErrors, t));
  };
  const runUndo = async () => {
    setAsking(false);
    const { data, error } = await undo({ input });
    setProblem(problemOf(error, data?.undoImport.userErrors, t));
  };
  const mayUndo = isAdministrator(viewer) && (status === "COMPLETED" || status === "CANCELLED");
  return (
    <>
      <p className="problem" role="alert">
        {problem}
      </p>
      {(status === "QUEUED" || status === "RUNNING") && (
        <Button onClick={() => void runCancel()}>{t("cancel")}</Button>
      )}
      {mayUndo && <Button onClick={() => setAsking(true)}>{t("undo")}</Button>}
      {isAsking && (
        <Question
          title={t("undoQuestion")}
          yes="undo"
          onNo={() => setAsking(false)}
          onYes={() => void runUndo()}
        >
          <p>{t("undoHint")}</p>
        </Question>
      )}
    </>
  );
}

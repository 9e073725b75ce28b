import { useState } from "react";
import { useQuery } from "urql";

import { ScheduleDocument } from "../generated/graphql";
import { useSpeech } from "../i18n/language";
import { go, useRoute } from "../navigation/routes";
import { mayWrite } from "../session/roles";
import { useViewer } from "../session/session";
import "../styles/schedules.css";
import { Button } from "../ui/Button";
import { Calendar } from "./Calendar";
import { NewScheduleDialog } from "./NewScheduleDialog";
import { ScheduleCard } from "./ScheduleCard";
import { useSchedules } from "./useSchedules";

export default function SchedulesView() {
  const { t } = useSpeech();
  const viewer = useViewer();
  const { id, query } = useRoute();
  const isCalendar = query.show === "calendar";
  const [isCreating, setCreating] = useState(false);
  return (
    <main className="page">
      <div className="page-body">
        <header className="page-header">
          <h1>{t("schedules")}</h1>
          <div className="chips">
            {(["list", "calendar"] as const).map((each) => (
              <button
                key={each}
                type="button"
                className="chip"
                aria-pressed={isCalendar === (each === "calendar")}
                onClick={() => go("schedules", null, each === "calendar" ? { show: each } : {})}
              >
                {t(each)}
              </button>
            ))}
          </div>
          {mayWrite(viewer) && (
            <Button look="primary" icon="plus" onClick={() => setCreating(true)}>
              {t("newSchedule")}
            </Button>
          )}
        </header>
        {isCalendar ? <Calendar /> : <List chosenId={id} />}
      </div>
      {isCreating && <NewScheduleDialog onClose={() => setCreating(false)} />}
    </main>
  );
}

/** All of them; one that the reader was led to is there, however old it is. */
function List({ chosenId }: { chosenId: string | null }) {
  const { t } = useSpeech();
  const { nodes, isLoading, failed, loadMore } = useSchedules();
  const isMissing = chosenId !== null && !isLoading && nodes.every(({ id }) => id !== chosenId);
  const [{ data }] = useQuery({
    query: ScheduleDocument,
    variables: { id: chosenId ?? "" },
    pause: !isMissing,
  });
  const chosen = isMissing ? data?.schedule : null;
  const schedules = chosen ? [chosen, ...nodes] : nodes;
  return (
    <>
      {schedules.length === 0 && (
        <p className="quiet">{t(failed ? "failed" : isLoading ? "loading" : "noSchedules")}</p>
      )}
      <ul className="stack">
        {schedules.map((schedule) => (
          <ScheduleCard key={schedule.id} schedule={schedule} isChosen={schedule.id === chosenId} />
        ))}
      </ul>
      {loadMore && <Button onClick={loadMore}>{t("more")}</Button>}
    </>
  );
}

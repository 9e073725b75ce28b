import { useState } from "react";

import { useSpeech } from "../i18n/language";
import { mayWrite } from "../messages/actions";
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
  const { nodes: schedules, isLoading, failed, loadMore } = useSchedules();
  const [shown, setShown] = useState<"list" | "calendar">("list");
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
                aria-pressed={shown === each}
                onClick={() => setShown(each)}
              >
                {t(each)}
              </button>
            ))}
            {mayWrite(viewer) && (
              <Button look="primary" icon="plus" onClick={() => setCreating(true)}>
                {t("newSchedule")}
              </Button>
            )}
          </div>
        </header>
        {schedules.length === 0 && (
          <p className="quiet">{t(failed ? "failed" : isLoading ? "loading" : "noSchedules")}</p>
        )}
        {shown === "calendar" ? (
          <Calendar schedules={schedules} />
        ) : (
          <ul className="stack">
            {schedules.map((schedule) => (
              <ScheduleCard key={schedule.id} schedule={schedule} />
            ))}
          </ul>
        )}
        {loadMore && <Button onClick={loadMore}>{t("more")}</Button>}
      </div>
      {isCreating && <NewScheduleDialog onClose={() => setCreating(false)} />}
    </main>
  );
}

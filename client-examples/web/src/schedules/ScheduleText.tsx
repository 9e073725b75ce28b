import { useSpeech, type Translate } from "../i18n/language";
import type { Schedule } from "./useSchedules";
import { piecesOf } from "./pieces";

interface Props {
  schedule: Schedule;
  /** What its one recipient was told, where there is one. */
  told: string | null;
}

/** What a schedule says, as it was read; or with the places marked that a value is put into. */
export function ScheduleText({ schedule, told }: Props) {
  const { t } = useSpeech();
  const pieces = told === null ? piecesOf(schedule) : [{ text: told, place: null }];
  return (
    <p className="body schedule-body" dir="auto">
      {pieces.map(({ text, place }, index) =>
        place === null ? text : <bdi key={index} className="place">{nameOf(place, t)}</bdi>,
      )}
    </p>
  );
}

/** `contact.city` is the recipient's city: what else it could be of need not be told. */
function nameOf(place: string, t: Translate): string {
  return place === "contact.name" ? t("recipientName") : place.replace(/^contact\./, "");
}

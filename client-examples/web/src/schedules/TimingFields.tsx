import { timeZones } from "../browser/timeZones";
import { useSpeech } from "../i18n/language";
import { REPEATS, type Repeat } from "./recurrence";

export interface TimingChoice {
  /** As fields of the type datetime-local have it. */
  sendAt: string;
  timeZone: string;
  repeat: Repeat;
  /** The reader's own RRULE, for when `repeat` says so. */
  rule: string;
}

interface Props {
  choice: TimingChoice;
  onChange(part: Partial<TimingChoice>): void;
}

export function TimingFields({ choice, onChange }: Props) {
  const { t } = useSpeech();
  return (
    <div className="form-columns">
      <label>
        {t("sendAt")}
        <input
          type="datetime-local"
          value={choice.sendAt}
          required
          onChange={(event) => onChange({ sendAt: event.target.value })}
        />
      </label>
      <label>
        {t("timeZone")}
        <select
          value={choice.timeZone}
          onChange={(event) => onChange({ timeZone: event.target.value })}
        >
          {timeZones().map((name) => (
            <option key={name}>{name}</option>
          ))}
        </select>
      </label>
      <label>
        {t("repeat")}
        <select
          value={choice.repeat}
          onChange={(event) => onChange({ repeat: event.target.value as Repeat })}
        >
          {REPEATS.map((each) => (
            <option key={each} value={each}>
              {t(`repeat_${each}`)}
            </option>
          ))}
        </select>
      </label>
      {choice.repeat === "own" && (
        <label>
          {t("rule")}
          <input
            dir="ltr"
            spellCheck={false}
            value={choice.rule}
            onChange={(event) => onChange({ rule: event.target.value })}
          />
        </label>
      )}
    </div>
  );
}

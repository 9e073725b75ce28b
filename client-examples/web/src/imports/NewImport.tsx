import { useState } from "react";

import { ownTimeZone, timeZones } from "../browser/timeZones";
import type { DateOrder } from "../generated/graphql";
import { useSpeech } from "../i18n/language";
import { Button } from "../ui/Button";
import { sizeInWords } from "../ui/sizes";
import { Report } from "./Report";
import type { Choices } from "./upload";
import { LARGEST_PREVIEW, usePreview, type Preview } from "./usePreview";
import { useUpload } from "./useUpload";

const ORDERS: DateOrder[] = ["DAY_FIRST", "MONTH_FIRST", "YEAR_MONTH_DAY", "YEAR_DAY_MONTH"];

interface Props {
  file: File;
  onClose(): void;
  onStarted(): void;
}

/** A file before it is imported: what is in it, what the reader knows better, and the way to start. */
export function NewImport({ file, onClose, onStarted }: Props) {
  const { t, locale } = useSpeech();
  const [choices, setChoices] = useState<Choices>({
    ...{ title: "", timezone: ownTimeZone(), dateOrder: "", me: "" },
  });
  const { preview, problem, isLooking } = usePreview(file, choices);
  const sending = useUpload(file, choices, onStarted);
  const change = (part: Partial<Choices>) => setChoices((old) => ({ ...old, ...part }));
  return (
    <section className="card new-import" aria-label={file.name}>
      <header className="page-header">
        <h2>
          <bdi>{file.name}</bdi>
        </h2>
        <span className="quiet">{sizeInWords(file.size, locale)}</span>
      </header>
      <ChoicesForm choices={choices} preview={preview} onChange={change} />
      {file.size > LARGEST_PREVIEW && <p className="quiet">{t("tooLargeToPreview")}</p>}
      {isLooking && !preview && <p className="quiet">{t("lookingInto")}</p>}
      {preview && <Report preview={preview} />}
      <p className="problem" role="alert">
        {sending.problem ?? problem}
      </p>
      {sending.share !== null && (
        <progress max={1} value={sending.share} aria-label={t("uploading")} />
      )}
      <div className="form-buttons">
        <Button onClick={onClose}>{t("cancel")}</Button>
        <Button
          look="primary"
          disabled={sending.share !== null || problem !== null}
          onClick={sending.start}
        >
          {t(sending.share !== null ? "uploading" : "startImport")}
        </Button>
      </div>
    </section>
  );
}

interface FormProps {
  choices: Choices;
  preview: Preview | null;
  onChange(part: Partial<Choices>): void;
}

function ChoicesForm({ choices, preview, onChange }: FormProps) {
  const { t } = useSpeech();
  return (
    <div className="form-columns">
      <label>
        {t("title")}
        <input
          dir="auto"
          value={choices.title}
          placeholder={preview?.title}
          onChange={(event) => onChange({ title: event.target.value })}
        />
      </label>
      <label>
        {t("timeZone")}
        <select value={choices.timezone} onChange={(event) => onChange({ timezone: event.target.value })}>
          {timeZones().map((name) => (
            <option key={name}>{name}</option>
          ))}
        </select>
      </label>
      <label>
        {t("dateOrder")}
        <select value={choices.dateOrder} onChange={(event) => onChange({ dateOrder: event.target.value })}>
          <option value="">{t("dateOrder_auto")}</option>
          {ORDERS.map((order) => (
            <option key={order} value={order}>
              {t(`dateOrder_${order}`)}
            </option>
          ))}
        </select>
      </label>
      <label>
        {t("whoAmI")}
        <select value={choices.me} onChange={(event) => onChange({ me: event.target.value })}>
          <option value="">{t("nobody")}</option>
          {preview?.authors.map(({ name }) => (
            <option key={name}>{name}</option>
          ))}
        </select>
      </label>
    </div>
  );
}

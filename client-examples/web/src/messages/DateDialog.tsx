import { useId, useState, type FormEvent } from "react";

import { useSpeech } from "../i18n/language";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";

export default function DateDialog({ onDate, onClose }: { onDate(date: string): void; onClose(): void }) {
  const { t } = useSpeech();
  const [date, setDate] = useState("");
  const field = useId();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (date === "") return;
    onClose();
    onDate(date);
  };
  return (
    <Dialog title={t("jumpToDate")} onClose={onClose}>
      <form className="form" onSubmit={submit}>
        <label htmlFor={field}>{t("date")}</label>
        <input
          id={field}
          type="date"
          value={date}
          required
          autoFocus
          onChange={(event) => setDate(event.target.value)}
        />
        <div className="form-buttons">
          <Button type="submit" look="primary">
            {t("jump")}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

import { useState, type FormEvent, type ReactNode } from "react";

import { useSpeech } from "../i18n/language";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";

interface Props {
  title: string;
  /** Gives what went wrong, in words, or null. */
  onSave(): Promise<string | null>;
  onClose(): void;
  /** Whether there is more to be seen here once it is saved. */
  staysOpen?: boolean;
  children: ReactNode;
}

/** A form over the page. What was typed stays when it is refused. */
export function FormDialog({ title, onSave, onClose, staysOpen = false, children }: Props) {
  const { t } = useSpeech();
  const [problem, setProblem] = useState<string | null>(null);
  const [isSaving, setSaving] = useState(false);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setSaving(true);
    const wrong = await onSave();
    setSaving(false);
    setProblem(wrong);
    if (wrong === null && !staysOpen) onClose();
  };
  return (
    <Dialog title={title} onClose={onClose}>
      <form className="form" onSubmit={(event) => void submit(event)}>
        {children}
        <p className="problem" role="alert">
          {problem}
        </p>
        <div className="form-buttons">
          <Button type="submit" look="primary" disabled={isSaving}>
            {t("save")}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

import { useState, type FormEvent, type ReactNode } from "react";

import { useSpeech, type Key } from "../i18n/language";
import { Button } from "./Button";
import { Dialog } from "./Dialog";

interface Props {
  title: string;
  /** What its button says. */
  action?: Key;
  /** Whether something is missing without which it cannot be saved. */
  disabled?: boolean;
  /** Gives what went wrong, in words, or null. */
  onSave(): Promise<string | null>;
  onClose(): void;
  /** Whether there is more to be seen here once it is saved. */
  staysOpen?: boolean;
  children: ReactNode;
}

/** A form over the page. What was typed stays when it is refused, and is not thrown away unasked. */
export function FormDialog(props: Props) {
  const { title, action = "save", disabled = false, onSave, onClose, staysOpen = false, children } = props;
  const { t } = useSpeech();
  const [isDirty, setDirty] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const [isSaving, setSaving] = useState(false);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setSaving(true);
    const wrong = await onSave();
    setSaving(false);
    setProblem(wrong);
    if (wrong !== null) return;
    setDirty(false);
    if (!staysOpen) onClose();
  };
  return (
    <Dialog title={title} isDirty={isDirty} onClose={onClose}>
      <form
        className="form"
        onInput={() => setDirty(true)}
        onSubmit={(event) => void submit(event)}
      >
        {children}
        <p className="problem" role="alert">
          {problem}
        </p>
        <div className="form-buttons">
          <Button type="submit" look="primary" disabled={isSaving || disabled}>
            {t(action)}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

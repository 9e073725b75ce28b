import { useState } from "react";

import { useSpeech } from "../i18n/language";
import { Field } from "../ui/Field";
import { FormDialog } from "../ui/FormDialog";

interface Props {
  /** Gives what went wrong, in words, or null. */
  onReact(emoji: string): Promise<string | null>;
  onClose(): void;
}

/** For any emoji: typed, pasted, or picked by what the platform has for that. */
export function ReactionDialog({ onReact, onClose }: Props) {
  const { t } = useSpeech();
  const [emoji, setEmoji] = useState("");
  return (
    <FormDialog title={t("react")} action="react" onSave={() => onReact(emoji.trim())} onClose={onClose}>
      <Field label={t("emoji")} value={emoji} onChange={setEmoji} autoComplete="off" autoFocus required />
    </FormDialog>
  );
}

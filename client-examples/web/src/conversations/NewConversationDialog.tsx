import { useState } from "react";
import { useQuery } from "urql";

import { CreateConversationDocument, MembersDocument } from "../generated/graphql";
import { useChange } from "../graphql/useChange";
import { useSpeech } from "../i18n/language";
import { go } from "../navigation/routes";
import { useViewer } from "../session/session";
import { Field } from "../ui/Field";
import { FormDialog } from "../ui/FormDialog";

export function NewConversationDialog({ onClose }: { onClose(): void }) {
  const { t } = useSpeech();
  const viewer = useViewer();
  const [{ data }] = useQuery({ query: MembersDocument });
  const change = useChange();
  const [title, setTitle] = useState("");
  const [isPrivate, setPrivate] = useState(false);
  const [chosen, setChosen] = useState<string[]>([]);
  const others = data?.members.nodes.filter(({ id }) => id !== viewer.id) ?? [];

  const save = async () => {
    const visibility = isPrivate ? "PRIVATE" : "TENANT";
    const input = { title, visibility, userIds: chosen } as const;
    const outcome = await change(CreateConversationDocument, input);
    const made = outcome.data?.createConversation.conversation;
    if (made) go("conversations", made.id);
    return outcome.problem;
  };
  const toggle = (id: string) =>
    setChosen((old) => (old.includes(id) ? old.filter((each) => each !== id) : [...old, id]));

  return (
    <FormDialog title={t("newConversation")} action="create" onSave={save} onClose={onClose}>
      <Field label={t("title")} value={title} onChange={setTitle} dir="auto" autoFocus required />
      <label className="check">
        <input
          type="checkbox"
          checked={isPrivate}
          onChange={(event) => setPrivate(event.target.checked)}
        />
        {t("privateConversation")}
      </label>
      {others.length > 0 && (
        <fieldset className="choices">
          <legend>{t("with")}</legend>
          {others.map(({ id, name }) => (
            <label key={id} className="check">
              <input type="checkbox" checked={chosen.includes(id)} onChange={() => toggle(id)} />
              <bdi>{name}</bdi>
            </label>
          ))}
        </fieldset>
      )}
    </FormDialog>
  );
}

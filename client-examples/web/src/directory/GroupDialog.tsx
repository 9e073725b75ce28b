import { useState } from "react";

import { CreateRecipientGroupDocument, UpdateRecipientGroupDocument } from "../generated/graphql";
import { useChange } from "../graphql/useChange";
import { useSpeech } from "../i18n/language";
import { Field } from "../ui/Field";
import { FormDialog } from "../ui/FormDialog";
import type { Group } from "./entries";
import { Members } from "./Members";

interface Props {
  group: Group | null;
  onClose(): void;
}

/** A group's name and description; who is in it is settled at once, once there is the group. */
export function GroupDialog({ group, onClose }: Props) {
  const { t } = useSpeech();
  const change = useChange();
  const [name, setName] = useState(group?.name ?? "");
  const [description, setDescription] = useState(group?.description ?? "");
  const [made, setMade] = useState<Group | null>(null);
  const known = group ?? made;

  const save = async () => {
    if (known) {
      const input = { groupId: known.id, name, description };
      return (await change(UpdateRecipientGroupDocument, input)).problem;
    }
    const input = { name, description, contactIds: [] };
    const { data, problem } = await change(CreateRecipientGroupDocument, input);
    setMade(data?.createRecipientGroup.recipientGroup ?? null);
    return problem;
  };
  return (
    <FormDialog
      title={t(known ? "group" : "newGroup")}
      onSave={save}
      onClose={onClose}
      staysOpen={known === null}
    >
      <Field label={t("name")} value={name} onChange={setName} dir="auto" autoFocus required />
      <Field label={t("description")} value={description} onChange={setDescription} dir="auto" />
      {known && <Members groupId={known.id} />}
    </FormDialog>
  );
}

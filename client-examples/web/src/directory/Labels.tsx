import { useState } from "react";
import { useQuery } from "urql";

import {
  CreateLabelDocument,
  DeleteLabelDocument,
  LabelsDocument,
  UpdateLabelDocument,
  type LabelFieldsFragment,
} from "../generated/graphql";
import { useChange } from "../graphql/useChange";
import { useSpeech } from "../i18n/language";
import { mayWrite } from "../session/roles";
import { useViewer } from "../session/session";
import { Field } from "../ui/Field";
import { FormDialog } from "../ui/FormDialog";
import { EntryActions } from "./EntryActions";
import { Section } from "./Section";

type Label = LabelFieldsFragment;

export default function Labels() {
  const change = useChange();
  const isWriter = mayWrite(useViewer());
  const [{ data, fetching, error }] = useQuery({
    query: LabelsDocument,
    requestPolicy: "cache-and-network",
  });
  const list = {
    nodes: data?.labels ?? [],
    isLoading: fetching,
    failed: error !== undefined,
    loadMore: null,
  };
  const remove = async ({ id }: Label) =>
    (await change(DeleteLabelDocument, { labelId: id })).problem;
  return (
    <Section<Label>
      title="labels"
      list={list}
      create={isWriter ? "newLabel" : null}
      row={(label, edit) => (
        <>
          <span className="label-colour" style={{ background: label.color }} aria-hidden="true" />
          <div className="entry-text">
            <bdi className="entry-name">{label.name}</bdi>
          </div>
          {isWriter && (
            <EntryActions
              name={label.name}
              onEdit={edit}
              actions={[{ words: "delete", question: "deleteLabelQuestion", run: () => remove(label) }]}
            />
          )}
        </>
      )}
      form={(label, close) => <LabelDialog label={label} onClose={close} />}
    />
  );
}

function LabelDialog({ label, onClose }: { label: Label | null; onClose(): void }) {
  const { t } = useSpeech();
  const change = useChange();
  const [name, setName] = useState(label?.name ?? "");
  const [color, setColor] = useState(label?.color ?? "#8e3b6d");
  const save = async () =>
    label
      ? (await change(UpdateLabelDocument, { labelId: label.id, name, color })).problem
      : (await change(CreateLabelDocument, { name, color })).problem;
  return (
    <FormDialog title={t(label ? "label" : "newLabel")} onSave={save} onClose={onClose}>
      <Field label={t("name")} value={name} onChange={setName} dir="auto" autoFocus required />
      <Field label={t("colour")} type="color" value={color} onChange={setColor} />
    </FormDialog>
  );
}

import { useState } from "react";

import { CreateTemplateDocument, UpdateTemplateDocument } from "../generated/graphql";
import { useChange } from "../graphql/useChange";
import { useSpeech } from "../i18n/language";
import { Field } from "../ui/Field";
import { FormDialog } from "../ui/FormDialog";
import type { Template } from "./entries";
import { variablesOf } from "./variables";

interface Props {
  template: Template | null;
  onClose(): void;
}

export function TemplateDialog({ template, onClose }: Props) {
  const { t, language: own } = useSpeech();
  const change = useChange();
  const [name, setName] = useState(template?.name ?? "");
  const [language, setLanguage] = useState(template?.language ?? own);
  const [body, setBody] = useState(template?.body ?? "");
  const [examples, setExamples] = useState<Record<string, string>>({});
  const variables = variablesOf(body, template?.variables ?? []);

  const save = async () => {
    const filled = variables.map((each) => {
      const example = examples[each.name];
      return example === undefined ? each : { ...each, example: example || null };
    });
    const input = { name, language, body, variables: filled };
    return template
      ? (await change(UpdateTemplateDocument, { templateId: template.id, ...input })).problem
      : (await change(CreateTemplateDocument, input)).problem;
  };
  return (
    <FormDialog title={t(template ? "template" : "newTemplate")} onSave={save} onClose={onClose}>
      <div className="form-columns">
        <Field label={t("name")} value={name} onChange={setName} dir="auto" autoFocus required />
        <Field label={t("languageTag")} value={language} onChange={setLanguage} dir="ltr" required />
      </div>
      <label className="field">
        {t("message")}
        <textarea
          rows={4}
          dir="auto"
          value={body}
          required
          onChange={(event) => setBody(event.target.value)}
        />
      </label>
      <p className="quiet">{t("templateHint")}</p>
      {variables.map(({ name: variable, example }) => (
        <Field
          key={variable}
          label={t("exampleOf", { name: variable })}
          value={examples[variable] ?? String(example ?? "")}
          onChange={(text) => setExamples({ ...examples, [variable]: text })}
          dir="auto"
        />
      ))}
    </FormDialog>
  );
}

import { useQuery } from "urql";

import { PreviewTextDocument, type TemplateFieldsFragment } from "../generated/graphql";
import { useSpeech } from "../i18n/language";
import { Field } from "../ui/Field";
import { useSettled } from "../ui/useSettled";
import { hintOf, INPUT_TYPES, valuesOf } from "./templateValues";

export interface Wording {
  /** Null: words of one's own, which `body` has. */
  template: TemplateFieldsFragment | null;
  body: string;
  /** What was typed for the template's variables, by name. */
  typed: Readonly<Record<string, string>>;
}

interface Props {
  wording: Wording;
  templates: readonly TemplateFieldsFragment[];
  onChange(part: Partial<Wording>): void;
}

/** What is said: in one's own words, or by a template and the values of its variables. */
export function WordingFields({ wording: { template, body, typed }, templates, onChange }: Props) {
  const { t } = useSpeech();
  const choose = (wanted: string) =>
    onChange({ template: templates.find(({ id }) => id === wanted) ?? null });
  return (
    <>
      {templates.length > 0 && (
        <label className="field">
          {t("template")}
          <select value={template?.id ?? ""} onChange={(event) => choose(event.target.value)}>
            <option value="">{t("ownWords")}</option>
            {templates.map(({ id, name, language }) => (
              <option key={id} value={id}>
                {name} ({language})
              </option>
            ))}
          </select>
        </label>
      )}
      {template === null && (
        <label className="field">
          {t("message")}
          <textarea
            rows={3}
            dir="auto"
            value={body}
            required
            onChange={(event) => onChange({ body: event.target.value })}
          />
        </label>
      )}
      {template?.variables.map((variable) => (
        <Field
          key={variable.name}
          label={variable.name}
          type={INPUT_TYPES[variable.type]}
          dir="auto"
          value={typed[variable.name] ?? ""}
          placeholder={hintOf(variable)}
          required={variable.required && variable.default === null}
          onChange={(text) => onChange({ typed: { ...typed, [variable.name]: text } })}
        />
      ))}
      {template && <PreviewText template={template} values={valuesOf(template.variables, typed)} />}
    </>
  );
}

/** The template's text for somebody made up: the server writes it, numbers and dates included. */
function PreviewText(props: { template: TemplateFieldsFragment; values: Record<string, unknown> }) {
  const { t } = useSpeech();
  const values = useSettled(props.values);
  const variables = { id: props.template.id, values };
  const [{ data, error }] = useQuery({ query: PreviewTextDocument, variables });
  const problem = error?.networkError ? t("serverAway") : error?.graphQLErrors[0]?.message;
  return (
    <section className="preview" aria-label={t("willRead")} aria-live="polite">
      <h3>{t("willRead")}</h3>
      <p className="body" dir="auto">
        {problem ?? data?.template?.preview.body}
      </p>
    </section>
  );
}

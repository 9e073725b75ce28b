import { useState } from "react";
import { useQuery } from "urql";

import { ownTimeZone } from "../browser/timeZones";
import {
  AudiencesDocument,
  CreateScheduleDocument,
  type TemplateFieldsFragment,
} from "../generated/graphql";
import { useChange } from "../graphql/useChange";
import { useSpeech } from "../i18n/language";
import { FormDialog } from "../ui/FormDialog";
import { useDraft } from "../workspace/drafts";
import { addressOf, AudienceFields, audienceOf } from "./AudienceFields";
import { Occurrences } from "./Occurrences";
import { ruleOf, type Repeat } from "./recurrence";
import { valuesOf } from "./templateValues";
import { localValue } from "./times";
import { TimingFields, type TimingChoice } from "./TimingFields";
import { WordingFields, type Wording } from "./WordingFields";

const HOUR = 3_600_000;

export function NewScheduleDialog({ onClose }: { onClose(): void }) {
  const { t } = useSpeech();
  const [{ data }] = useQuery({ query: AudiencesDocument, requestPolicy: "cache-and-network" });
  const change = useChange();
  const [chosen, setChosen] = useState<[id: string, deviceId: string | null]>(["", null]);
  const audience = audienceOf(data, ...chosen);
  const [wording, setWording, forget] = useWording();
  const [choice, setChoice] = useState<TimingChoice>(() => ({
    sendAt: localValue(new Date(Date.now() + HOUR)),
    timeZone: ownTimeZone(),
    repeat: "never" satisfies Repeat,
    rule: "FREQ=WEEKLY;BYDAY=MO,TH",
  }));
  const [idempotencyKey] = useState(() => crypto.randomUUID());
  const recurrence = ruleOf(choice.repeat, choice.sendAt, choice.rule);
  const timing = { sendAt: `${choice.sendAt}:00`, timeZone: choice.timeZone, recurrence };

  const save = async () => {
    const input = { ...timing, ...addressOf(audience), ...contentOf(wording), idempotencyKey };
    const { problem } = await change(CreateScheduleDocument, input);
    if (problem === null) forget();
    return problem;
  };
  return (
    <FormDialog
      title={t("newSchedule")}
      action="schedule"
      disabled={audience.id === ""}
      onSave={save}
      onClose={onClose}
    >
      <AudienceFields
        audience={audience}
        choices={data}
        onChange={(id, deviceId) => setChosen([id, deviceId])}
      />
      {data && audience.id === "" && <p className="problem">{t("noRecipients")}</p>}
      <WordingFields
        wording={wording}
        templates={data?.templates.nodes ?? []}
        onChange={setWording}
      />
      <TimingFields choice={choice} onChange={(part) => setChoice({ ...choice, ...part })} />
      {choice.sendAt !== "" && <Occurrences timing={timing} />}
    </FormDialog>
  );
}

/** The wording, what changes a part of it, and what forgets its draft. */
function useWording(): [Wording, (part: Partial<Wording>) => void, () => void] {
  const [body, setBody] = useDraft("schedule");
  const [template, setTemplate] = useState<TemplateFieldsFragment | null>(null);
  const [typed, setTyped] = useState<Wording["typed"]>({});
  const change = (part: Partial<Wording>) => {
    if (part.body !== undefined) setBody(part.body);
    if (part.template !== undefined) setTemplate(part.template);
    if (part.typed !== undefined) setTyped(part.typed);
  };
  return [{ body, template, typed }, change, () => setBody("")];
}

function contentOf({ template, body, typed }: Wording) {
  if (template === null) return { body };
  return { templateId: template.id, variables: valuesOf(template.variables, typed) };
}

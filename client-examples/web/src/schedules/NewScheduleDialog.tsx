import { useId, useState, type FormEvent } from "react";
import { useMutation, useQuery } from "urql";

import { AudiencesDocument, CreateScheduleDocument } from "../generated/graphql";
import { useSpeech } from "../i18n/language";
import { useDraft } from "../messages/drafts";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { problemOf } from "../ui/problems";
import { Occurrences } from "./Occurrences";
import { ruleOf, type Repeat } from "./recurrence";
import { localValue, ownTimeZone } from "./times";
import { TimingFields, type TimingChoice } from "./TimingFields";

const HOUR = 3_600_000;

export function NewScheduleDialog({ onClose }: { onClose(): void }) {
  const { t } = useSpeech();
  const [{ data }] = useQuery({ query: AudiencesDocument, requestPolicy: "cache-and-network" });
  const [{ fetching }, create] = useMutation(CreateScheduleDocument);
  const [audience, setAudience] = useState("");
  const [device, setDevice] = useState("");
  const [body, setBody] = useDraft("schedule");
  const [choice, setChoice] = useState<TimingChoice>(() => ({
    sendAt: localValue(new Date(Date.now() + HOUR)),
    timeZone: ownTimeZone(),
    repeat: "never" satisfies Repeat,
    rule: "FREQ=WEEKLY;BYDAY=MO,TH",
  }));
  const [idempotencyKey] = useState(() => crypto.randomUUID());
  const [problem, setProblem] = useState<string | null>(null);
  const field = useId();
  const groups = data?.recipientGroups.nodes ?? [];
  const chosen = audience || data?.conversations.nodes[0]?.id || "";
  const isGroup = groups.some(({ id }) => id === chosen);
  const deviceId = device || data?.devices.nodes[0]?.id || null;
  const recurrence = ruleOf(choice.repeat, choice.sendAt, choice.rule);
  const timing = { sendAt: `${choice.sendAt}:00`, timeZone: choice.timeZone, recurrence };

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const to = isGroup ? { recipientGroupId: chosen, deviceId } : { conversationId: chosen };
    const result = await create({ input: { ...timing, ...to, body, idempotencyKey } });
    setProblem(problemOf(result.error, result.data?.createSchedule.userErrors, t));
    if (!result.data?.createSchedule.schedule) return;
    setBody("");
    onClose();
  };
  return (
    <Dialog title={t("newSchedule")} onClose={onClose}>
      <form className="form" onSubmit={(event) => void submit(event)}>
        <label htmlFor={`${field}-to`}>{t("recipients")}</label>
        <select
          id={`${field}-to`}
          value={chosen}
          onChange={(event) => setAudience(event.target.value)}
        >
          <optgroup label={t("conversations")}>
            {data?.conversations.nodes.map(({ id, title }) => (
              <option key={id} value={id}>
                {title}
              </option>
            ))}
          </optgroup>
          {groups.length > 0 && (
            <optgroup label={t("groups")}>
              {groups.map(({ id, name, size }) => (
                <option key={id} value={id}>
                  {name} ({size})
                </option>
              ))}
            </optgroup>
          )}
        </select>
        {isGroup && (
          <>
            <label htmlFor={`${field}-by`}>{t("device")}</label>
            <select
              id={`${field}-by`}
              value={deviceId ?? ""}
              onChange={(event) => setDevice(event.target.value)}
            >
              {data?.devices.nodes.map(({ id, name }) => (
                <option key={id} value={id}>
                  {name}
                </option>
              ))}
            </select>
          </>
        )}
        <label htmlFor={`${field}-body`}>{t("message")}</label>
        <textarea
          id={`${field}-body`}
          rows={3}
          dir="auto"
          value={body}
          required
          onChange={(event) => setBody(event.target.value)}
        />
        <TimingFields choice={choice} onChange={(part) => setChoice({ ...choice, ...part })} />
        {choice.sendAt !== "" && <Occurrences timing={timing} />}
        <p className="problem" role="alert">
          {problem}
        </p>
        <div className="form-buttons">
          <Button type="submit" look="primary" disabled={fetching || chosen === ""}>
            {t("schedule")}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

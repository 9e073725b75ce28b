import { useId, useState, type FormEvent } from "react";
import { useMutation, useQuery } from "urql";

import { ConversationsDocument, CreateScheduleDocument } from "../generated/graphql";
import { useSpeech } from "../i18n/language";
import { useDraft } from "../messages/drafts";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { problemOf } from "../ui/problems";
import { localValue, ownTimeZone, timeZones } from "./times";

const HOUR = 3_600_000;

export function NewScheduleDialog({ onClose }: { onClose(): void }) {
  const { t } = useSpeech();
  const [{ data }] = useQuery({ query: ConversationsDocument, variables: { first: 100 } });
  const [{ fetching }, create] = useMutation(CreateScheduleDocument);
  const [conversationId, setConversationId] = useState("");
  const [body, setBody] = useDraft("schedule");
  const [sendAt, setSendAt] = useState(() => localValue(new Date(Date.now() + HOUR)));
  const [timeZone, setTimeZone] = useState(ownTimeZone);
  const [idempotencyKey] = useState(() => crypto.randomUUID());
  const [problem, setProblem] = useState<string | null>(null);
  const field = useId();
  const conversations = data?.conversations.nodes ?? [];
  const chosen = conversationId || conversations[0]?.id || "";

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const input = { conversationId: chosen, body, sendAt: `${sendAt}:00`, timeZone, idempotencyKey };
    const result = await create({ input });
    setProblem(problemOf(result.error, result.data?.createSchedule.userErrors, t));
    if (!result.data?.createSchedule.schedule) return;
    setBody("");
    onClose();
  };
  return (
    <Dialog title={t("newSchedule")} onClose={onClose}>
      <form className="form" onSubmit={(event) => void submit(event)}>
        <label htmlFor={`${field}-to`}>{t("conversation")}</label>
        <select
          id={`${field}-to`}
          value={chosen}
          onChange={(event) => setConversationId(event.target.value)}
        >
          {conversations.map(({ id, title }) => (
            <option key={id} value={id}>
              {title}
            </option>
          ))}
        </select>
        <label htmlFor={`${field}-body`}>{t("message")}</label>
        <textarea
          id={`${field}-body`}
          rows={4}
          dir="auto"
          value={body}
          required
          onChange={(event) => setBody(event.target.value)}
        />
        <div className="form-columns">
          <label>
            {t("sendAt")}
            <input
              type="datetime-local"
              value={sendAt}
              required
              onChange={(event) => setSendAt(event.target.value)}
            />
          </label>
          <label>
            {t("timeZone")}
            <select value={timeZone} onChange={(event) => setTimeZone(event.target.value)}>
              {timeZones().map((name) => (
                <option key={name}>{name}</option>
              ))}
            </select>
          </label>
        </div>
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

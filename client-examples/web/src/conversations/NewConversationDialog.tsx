import { useId, useState, type FormEvent } from "react";
import { useMutation, useQuery } from "urql";

import { go } from "../app/routes";
import { CreateConversationDocument, MembersDocument } from "../generated/graphql";
import { useSpeech } from "../i18n/language";
import { useViewer } from "../session/session";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { problemOf } from "../ui/problems";

export function NewConversationDialog({ onClose }: { onClose(): void }) {
  const { t } = useSpeech();
  const viewer = useViewer();
  const [{ data }] = useQuery({ query: MembersDocument });
  const [{ fetching }, create] = useMutation(CreateConversationDocument);
  const [title, setTitle] = useState("");
  const [isPrivate, setPrivate] = useState(false);
  const [chosen, setChosen] = useState<string[]>([]);
  const [problem, setProblem] = useState<string | null>(null);
  const field = useId();
  const others = data?.members.nodes.filter(({ id }) => id !== viewer.id) ?? [];

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const visibility = isPrivate ? "PRIVATE" : "TENANT";
    const result = await create({ input: { title, visibility, userIds: chosen } });
    const made = result.data?.createConversation.conversation;
    setProblem(problemOf(result.error, result.data?.createConversation.userErrors, t));
    if (!made) return;
    onClose();
    go("conversations", made.id);
  };
  const toggle = (id: string) =>
    setChosen((old) => (old.includes(id) ? old.filter((each) => each !== id) : [...old, id]));

  return (
    <Dialog title={t("newConversation")} onClose={onClose}>
      <form className="form" onSubmit={(event) => void submit(event)}>
        <label htmlFor={field}>{t("title")}</label>
        <input
          id={field}
          dir="auto"
          value={title}
          autoFocus
          required
          onChange={(event) => setTitle(event.target.value)}
        />
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
        <p className="problem" role="alert">
          {problem}
        </p>
        <div className="form-buttons">
          <Button type="submit" look="primary" disabled={fetching}>
            {t("create")}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

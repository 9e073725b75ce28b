import { useEffect, useState } from "react";

import { useSpeech } from "../i18n/language";
import { useViewer } from "../session/session";
import { useWorkspace } from "../workspace/workspace";
import { isOwn } from "./actions";
import { inWords } from "./words";

/** Reads aloud what others write: a list that draws only what is in sight cannot. */
export function Announcer({ conversationId }: { conversationId: string }) {
  const { t } = useSpeech();
  const viewer = useViewer();
  const { hear } = useWorkspace();
  const [words, setWords] = useState("");
  useEffect(
    () =>
      hear((event) => {
        const change = event.conversationEvent;
        if (event.conversationId !== conversationId) return;
        if (change?.__typename !== "MessageAddedEvent" || isOwn(change.message, viewer)) return;
        setWords(`${change.message.sender?.name ?? ""}: ${inWords(change.message, t)}`);
      }),
    [hear, conversationId, viewer, t],
  );
  return (
    <p className="unseen" role="status">
      {words}
    </p>
  );
}

import { useCallback, useMemo, useRef, useState } from "react";

import { go } from "../navigation/routes";
import { useViewer } from "../session/session";
import { keepDraft } from "../workspace/drafts";
import type { Unsent } from "../workspace/outbox";
import { useWorkspace } from "../workspace/workspace";
import { mayEdit, useMessageActions, type PaneActions } from "./actions";
import type { Writing } from "./Composer";
import type { Message } from "./window";

export interface Pane {
  actions: PaneActions;
  writing: Writing;
  /** Another number when the field is to begin with what is kept for it. */
  draft: number;
  setWriting(writing: Writing): void;
  menu: { message: Message; button: HTMLElement } | null;
  closeMenu(): void;
  /** A change that went wrong, in words. */
  problem: string | null;
  /** Hands on what was written; gives what is wrong with it, or null. */
  write(text: string): Promise<string | null>;
  editLast(): void;
  /** Takes a refused message back into the field. */
  rewrite(unsent: Unsent): void;
  run(change: Promise<string | null>): void;
  jump(messageId: string | null): void;
  jumpToDate(date: string): void;
}

/** What the reader does in one conversation. */
export function usePane(conversationId: string, messages: readonly Message[]): Pane {
  const { outbox } = useWorkspace();
  const viewer = useViewer();
  const changes = useMessageActions();
  const [writing, setWriting] = useState<Writing>({ kind: "new" });
  const [draft, setDraft] = useState(0);
  const [menu, setMenu] = useState<Pane["menu"]>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const newest = useRef(messages);
  newest.current = messages;

  const run = useCallback((change: Promise<string | null>) => void change.then(setProblem), []);
  const jump = useCallback(
    (message: string | null) => go("conversations", conversationId, message ? { message } : {}),
    [conversationId],
  );
  const actions = useMemo<PaneActions>(
    () => ({
      openMenu: (message, button) => setMenu({ message, button }),
      react: (message, emoji, isMine) => run(changes.toggleReaction(message, emoji, isMine)),
      jumpTo: jump,
    }),
    [changes, jump, run],
  );

  const write = async (text: string) => {
    if (writing.kind === "edit") {
      const wrong = await changes.edit(writing.message, text);
      if (wrong === null) setWriting({ kind: "new" });
      return wrong;
    }
    outbox.add({
      clientMessageId: crypto.randomUUID(),
      conversationId,
      body: text,
      replyToId: writing.kind === "reply" ? writing.message.id : null,
      afterId: messages.at(-1)?.id ?? null,
      at: new Date().toISOString(),
    });
    setWriting({ kind: "new" });
    return null;
  };
  const editLast = () => {
    const message = newest.current.findLast((each) => mayEdit(each, viewer));
    if (message) setWriting({ kind: "edit", message });
  };
  const rewrite = ({ clientMessageId, body }: Unsent) => {
    keepDraft(viewer.id, conversationId, body);
    outbox.remove(clientMessageId);
    setWriting({ kind: "new" });
    setDraft((count) => count + 1);
  };
  return {
    ...{ actions, writing, draft, setWriting, menu, problem, write, editLast, rewrite, run, jump },
    closeMenu: () => setMenu(null),
    jumpToDate: (date) =>
      go("conversations", conversationId, { at: new Date(`${date}T00:00`).toISOString() }),
  };
}

import { useCallback, useEffect, useMemo, useState } from "react";
import { useClient, useQuery } from "urql";

import { useWorkspace } from "../app/workspace";
import { ConversationDocument } from "../generated/graphql";
import { useSpeech } from "../i18n/language";
import { useStore } from "../live/stores";
import { useViewer } from "../session/session";
import { Announcer } from "./Announcer";
import { MessageList } from "./MessageList";
import { PaneFoot } from "./PaneFoot";
import { PaneHeader } from "./PaneHeader";
import { unseen } from "./outbox";
import { rowsOf } from "./rows";
import { usePane } from "./usePane";
import { useRead } from "./useRead";
import { WindowOfMessages } from "./window";
import { PaneActionsContext } from "./actions";

interface Props {
  conversationId: string;
  /** A message to lead the reader to. */
  target: string | null;
  /** Or a moment, a DateTime. */
  at: string | null;
}

export function ConversationPane({ conversationId, target, at }: Props) {
  const { t } = useSpeech();
  const client = useClient();
  const viewer = useViewer();
  const { outbox } = useWorkspace();
  const [messageWindow] = useState(() => new WindowOfMessages(client, conversationId));
  const shown = useStore(messageWindow);
  useEffect(() => {
    if (target !== null) messageWindow.showAround(target);
    else if (at !== null) messageWindow.showAroundTime(at);
    else messageWindow.showNewest();
    return () => messageWindow.stop();
  }, [messageWindow, at, target]);

  const [{ data }] = useQuery({ query: ConversationDocument, variables: { id: conversationId } });
  const conversation = data?.conversation ?? null;
  const { onEnd, firstUnreadId } = useRead(conversation, shown);
  const waiting = useStore(outbox);
  const rows = useMemo(() => {
    const own = waiting.filter((each) => each.conversationId === conversationId);
    const unsent = shown.hasNewer ? [] : unseen(own, shown.messages, viewer.id);
    return rowsOf(shown.messages, unsent, firstUnreadId);
  }, [shown, waiting, conversationId, viewer.id, firstUnreadId]);
  const pane = usePane(conversationId, shown.messages);
  const toNewest = useCallback(() => {
    pane.jump(null);
    messageWindow.showNewest();
  }, [messageWindow, pane]);

  if (shown.absent) return <p className="quiet pane-empty">{t("noSuchConversation")}</p>;
  const isEmpty = rows.length === 0;
  return (
    <PaneActionsContext value={pane.actions}>
      <PaneHeader conversation={conversation} onDate={pane.jumpToDate} />
      {isEmpty && (
        <p className="quiet pane-empty" role="status">
          {t(shown.failed ? "failed" : shown.loading ? "loading" : "empty")}
        </p>
      )}
      <MessageList
        key={shown.place}
        window={shown}
        rows={rows}
        targetId={target}
        moment={at}
        onOlder={() => messageWindow.loadOlder()}
        onNewer={() => messageWindow.loadNewer()}
        onNewest={toNewest}
        onEnd={onEnd}
        onChange={pane.rewrite}
      />
      <PaneFoot conversationId={conversationId} pane={pane} newest={shown.hasNewer ? null : (shown.messages.at(-1) ?? null)} />
      <Announcer conversationId={conversationId} />
    </PaneActionsContext>
  );
}

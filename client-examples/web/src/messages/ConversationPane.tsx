import { useEffect, useMemo } from "react";
import { useClient, useQuery } from "urql";

import { ConversationDocument } from "../generated/graphql";
import { useSpeech } from "../i18n/language";
import { useStore } from "../live/stores";
import { useViewer } from "../session/session";
import { useWorkspace } from "../workspace/workspace";
import { PaneActionsContext } from "./actions";
import { Announcer } from "./Announcer";
import { MessageList } from "./MessageList";
import { OpenedContext, useNewOpened } from "./opened";
import { PaneFoot } from "./PaneFoot";
import { PaneHeader } from "./PaneHeader";
import { rowsOf } from "./rows";
import { unseen } from "./unseen";
import { usePane } from "./usePane";
import { useRead } from "./useRead";
import { WindowOfMessages } from "./window";

interface Props {
  conversationId: string;
  /** Where to lead the reader: to a message, or to a moment, which is a DateTime; else to the end. */
  place: { message?: string; at?: string };
}

export function ConversationPane({ conversationId, place }: Props) {
  const { t } = useSpeech();
  const client = useClient();
  const viewer = useViewer();
  const { outbox } = useWorkspace();
  const messageWindow = useMemo(
    () => new WindowOfMessages(client, conversationId),
    [client, conversationId],
  );
  const shown = useStore(messageWindow);
  useEffect(() => {
    if (place.message !== undefined) messageWindow.showAround(place.message);
    else if (place.at !== undefined) messageWindow.showAroundTime(place.at);
    else messageWindow.showNewest();
    return () => messageWindow.stop();
  }, [messageWindow, place]);

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
  const opened = useNewOpened();
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
      <OpenedContext value={opened}>
        <MessageList
          key={shown.place}
          window={shown}
          rows={rows}
          targetId={place.message ?? null}
          moment={place.at ?? null}
          onOlder={() => messageWindow.loadOlder()}
          onNewer={() => messageWindow.loadNewer()}
          onNewest={() => pane.jump(null)}
          onEnd={onEnd}
          onChange={pane.rewrite}
        />
      </OpenedContext>
      <PaneFoot conversationId={conversationId} pane={pane} newest={shown.hasNewer ? null : (shown.messages.at(-1) ?? null)} />
      <Announcer conversationId={conversationId} />
    </PaneActionsContext>
  );
}

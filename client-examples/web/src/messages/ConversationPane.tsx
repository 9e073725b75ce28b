import { useCallback, useEffect, useMemo } from "react";
import { useClient, useQuery } from "urql";

import { ConversationDocument } from "../generated/graphql";
import { useStore } from "../live/stores";
import { useViewer } from "../session/session";
import { useWorkspace } from "../workspace/workspace";
import { PaneActionsContext } from "./actions";
import { Announcer } from "./Announcer";
import { EmptyPane } from "./EmptyPane";
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
  place: Place;
}

/** Where to lead the reader: to a message, or to a moment, which is a DateTime; else to the end. */
interface Place {
  message?: string;
  at?: string;
}

export function ConversationPane({ conversationId, place }: Props) {
  const viewer = useViewer();
  const { outbox } = useWorkspace();
  const { messageWindow, show } = useWindow(conversationId, place);
  const shown = useStore(messageWindow);
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
  const toNewest = () => pane.jump(null);
  const emptiness = <EmptyPane window={shown} onNewest={toNewest} onAgain={show} />;
  if (shown.trouble === "conversation") return emptiness;
  return (
    <PaneActionsContext value={pane.actions}>
      <PaneHeader conversation={conversation} onDate={pane.jumpToDate} />
      {rows.length === 0 && emptiness}
      <OpenedContext value={opened}>
        <MessageList
          key={shown.place}
          window={shown}
          rows={rows}
          targetId={place.message ?? null}
          moment={place.at ?? null}
          onOlder={() => messageWindow.loadOlder()}
          onNewer={() => messageWindow.loadNewer()}
          onNewest={toNewest}
          onEnd={onEnd}
          onChange={pane.rewrite}
        />
      </OpenedContext>
      <PaneFoot conversationId={conversationId} pane={pane} newest={shown.hasNewer ? null : (shown.messages.at(-1) ?? null)} />
      <Announcer conversationId={conversationId} />
    </PaneActionsContext>
  );
}

/** The messages about a place, and what fetches them once more. */
function useWindow(conversationId: string, place: Place) {
  const client = useClient();
  const messageWindow = useMemo(
    () => new WindowOfMessages(client, conversationId),
    [client, conversationId],
  );
  const show = useCallback(() => {
    if (place.message !== undefined) messageWindow.showAround(place.message);
    else if (place.at !== undefined) messageWindow.showAroundTime(place.at);
    else messageWindow.showNewest();
  }, [messageWindow, place]);
  useEffect(() => {
    show();
    return () => messageWindow.stop();
  }, [messageWindow, show]);
  return { messageWindow, show };
}

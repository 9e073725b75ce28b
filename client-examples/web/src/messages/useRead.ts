import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { useClient } from "urql";

import { MarkReadDocument, type ConversationFieldsFragment } from "../generated/graphql";
import { backoff, pause } from "../live/backoff";
import { useViewer } from "../session/session";
import { isOwn } from "./actions";
import { Marking } from "./marking";
import type { MessageWindow } from "./window";

interface Reading {
  onEnd(isAtEnd: boolean): void;
  /** The first message that was new when the conversation was opened. */
  firstUnreadId: string | null;
}

/** Tells the server that the conversation was read, when its end is in sight and the page looked at. */
export function useRead(
  conversation: ConversationFieldsFragment | null,
  { messages, hasNewer }: MessageWindow,
): Reading {
  const viewer = useViewer();
  const [isAtEnd, setAtEnd] = useState(false);
  const [firstUnreadId, setFirstUnreadId] = useState<string | null | undefined>(undefined);
  const isVisible = useVisible();
  const id = conversation?.id;
  const marking = useMarking(id);
  const unread = conversation?.unreadCount ?? 0;
  const newest = hasNewer ? undefined : messages.at(-1);
  const newestRead = useRef<string>(undefined);

  useEffect(() => {
    if (firstUnreadId !== undefined || id === undefined || messages.length === 0) return;
    const first = hasNewer || unread === 0 ? undefined : messages.at(-unread);
    setFirstUnreadId(first?.id ?? null);
  }, [firstUnreadId, id, messages, hasNewer, unread]);

  useEffect(() => {
    if (!marking || !newest || !isAtEnd || !isVisible) return;
    // The count may be of before the newest message: the answer to a request that was made earlier.
    const hasCome = newestRead.current !== undefined && newestRead.current !== newest.id;
    newestRead.current = newest.id;
    if (unread > 0 || (hasCome && !isOwn(newest, viewer))) marking.ask();
  }, [marking, newest, unread, isAtEnd, isVisible, viewer]);

  return { onEnd: useCallback(setAtEnd, [setAtEnd]), firstUnreadId: firstUnreadId ?? null };
}

function useMarking(conversationId: string | undefined): Marking | null {
  const client = useClient();
  const marking = useMemo(() => {
    if (conversationId === undefined) return null;
    const mark = async () => {
      const { data } = await client.mutation(MarkReadDocument, { input: { conversationId } }).toPromise();
      return data?.markRead.userErrors.length === 0;
    };
    return new Marking({ mark, wait: (retries) => pause(backoff(retries)) });
  }, [client, conversationId]);
  useEffect(() => () => marking?.stop(), [marking]);
  return marking;
}

function useVisible(): boolean {
  const [isVisible, setVisible] = useState(document.visibilityState === "visible");
  useEffect(() => {
    const look = () => setVisible(document.visibilityState === "visible");
    document.addEventListener("visibilitychange", look);
    return () => document.removeEventListener("visibilitychange", look);
  }, []);
  return isVisible;
}

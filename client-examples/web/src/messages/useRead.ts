import { useCallback, useEffect, useState } from "react";
import { useMutation } from "urql";

import { MarkReadDocument, type ConversationFieldsFragment } from "../generated/graphql";
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
  const [, markRead] = useMutation(MarkReadDocument);
  const [isAtEnd, setAtEnd] = useState(false);
  const [firstUnreadId, setFirstUnreadId] = useState<string | null | undefined>(undefined);
  const isVisible = useVisible();
  const id = conversation?.id;
  const unread = conversation?.unreadCount ?? 0;

  useEffect(() => {
    if (firstUnreadId !== undefined || id === undefined || messages.length === 0) return;
    const first = hasNewer || unread === 0 ? undefined : messages.at(-unread);
    setFirstUnreadId(first?.id ?? null);
  }, [firstUnreadId, id, messages, hasNewer, unread]);

  useEffect(() => {
    if (id === undefined || unread === 0 || !isAtEnd || !isVisible) return;
    void markRead({ input: { conversationId: id } });
  }, [id, unread, isAtEnd, isVisible, markRead]);

  return { onEnd: useCallback(setAtEnd, [setAtEnd]), firstUnreadId: firstUnreadId ?? null };
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

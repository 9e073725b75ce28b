import { createContext, use, useMemo } from "react";
import { useClient, type CombinedError } from "urql";

import {
  AddBookmarkDocument,
  AddReactionDocument,
  DeleteMessageDocument,
  EditMessageDocument,
  RemoveBookmarkDocument,
  RemoveReactionDocument,
  type UserErrorFieldsFragment,
} from "../generated/graphql";
import { useSpeech } from "../i18n/language";
import type { Viewer } from "../session/session";
import { problemOf } from "../ui/problems";
import type { Message } from "./window";

/** Changes of a message. Each gives what went wrong, in words, or null. */
export interface MessageActions {
  edit(message: Message, body: string): Promise<string | null>;
  remove(message: Message): Promise<string | null>;
  toggleReaction(message: Message, emoji: string, isMine: boolean): Promise<string | null>;
  toggleBookmark(message: Message): Promise<string | null>;
}

interface Payload {
  userErrors: UserErrorFieldsFragment[];
}

export function useMessageActions(): MessageActions {
  const client = useClient();
  const { t } = useSpeech();
  return useMemo(() => {
    const outcome = <Data extends object>({ data, error }: { data?: Data; error?: CombinedError }) => {
      const [payload] = Object.values(data ?? {}) as Payload[];
      return problemOf(error, payload?.userErrors, t);
    };
    return {
      edit: async ({ id }, body) =>
        outcome(await client.mutation(EditMessageDocument, { input: { messageId: id, body } })),
      remove: async ({ id }) =>
        outcome(await client.mutation(DeleteMessageDocument, { input: { messageId: id } })),
      toggleReaction: async ({ id }, emoji, isMine) => {
        const document = isMine ? RemoveReactionDocument : AddReactionDocument;
        return outcome<object>(
          await client.mutation<object>(document, { input: { messageId: id, emoji } }),
        );
      },
      toggleBookmark: async ({ id, bookmarked }) => {
        const document = bookmarked ? RemoveBookmarkDocument : AddBookmarkDocument;
        return outcome<object>(await client.mutation<object>(document, { input: { messageId: id } }));
      },
    };
  }, [client, t]);
}

/** What a row of the list can ask of the pane around it. */
export interface PaneActions {
  openMenu(message: Message, button: HTMLElement): void;
  react(message: Message, emoji: string, isMine: boolean): void;
  jumpTo(messageId: string): void;
}

export const PaneActionsContext = createContext<PaneActions | null>(null);

export function usePaneActions(): PaneActions {
  const actions = use(PaneActionsContext);
  if (actions === null) throw new Error("usePaneActions needs a PaneActionsContext around it.");
  return actions;
}

export function isOwn(message: Message, viewer: Viewer): boolean {
  return message.sender?.user?.id === viewer.id;
}

export function mayWrite({ role }: Viewer): boolean {
  return role !== "VIEWER";
}

/** One's own, while it is there and has a text that is not encrypted. */
export function mayEdit(message: Message, viewer: Viewer): boolean {
  const isText = message.deletedAt === null && message.kind === "TEXT";
  return isText && mayWrite(viewer) && isOwn(message, viewer);
}

export function mayDelete(message: Message, viewer: Viewer): boolean {
  if (message.deletedAt !== null || !mayWrite(viewer)) return false;
  return isOwn(message, viewer) || viewer.role === "ADMIN" || viewer.role === "OWNER";
}

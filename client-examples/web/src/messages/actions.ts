import { createContext, use, useMemo } from "react";

import {
  AddBookmarkDocument,
  AddReactionDocument,
  DeleteMessageDocument,
  EditMessageDocument,
  RemoveBookmarkDocument,
  RemoveReactionDocument,
} from "../generated/graphql";
import { useChange } from "../graphql/useChange";
import { isAdministrator, mayWrite } from "../session/roles";
import type { Viewer } from "../session/session";
import type { Message } from "./window";

/** Changes of a message. Each gives what went wrong, in words, or null. */
export interface MessageActions {
  edit(message: Message, body: string): Promise<string | null>;
  remove(message: Message): Promise<string | null>;
  toggleReaction(message: Message, emoji: string, isMine: boolean): Promise<string | null>;
  toggleBookmark(message: Message): Promise<string | null>;
}

export function useMessageActions(): MessageActions {
  const change = useChange();
  return useMemo(
    () => ({
      edit: async ({ id }, body) =>
        (await change(EditMessageDocument, { messageId: id, body })).problem,
      remove: async ({ id }) => (await change(DeleteMessageDocument, { messageId: id })).problem,
      toggleReaction: async ({ id }, emoji, isMine) => {
        const input = { messageId: id, emoji };
        const outcome = isMine
          ? await change(RemoveReactionDocument, input)
          : await change(AddReactionDocument, input);
        return outcome.problem;
      },
      toggleBookmark: async ({ id, bookmarked }) => {
        const input = { messageId: id };
        const outcome = bookmarked
          ? await change(RemoveBookmarkDocument, input)
          : await change(AddBookmarkDocument, input);
        return outcome.problem;
      },
    }),
    [change],
  );
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

/** One's own, while it is there and has a text that is not encrypted. */
export function mayEdit(message: Message, viewer: Viewer): boolean {
  const isText = message.deletedAt === null && message.kind === "TEXT";
  return isText && mayWrite(viewer) && isOwn(message, viewer);
}

export function mayDelete(message: Message, viewer: Viewer): boolean {
  if (message.deletedAt !== null || !mayWrite(viewer)) return false;
  return isOwn(message, viewer) || isAdministrator(viewer);
}

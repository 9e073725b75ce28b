import { useEffect, useRef, useState } from "react";
import { VList, type VListHandle } from "virtua";

import { useSpeech } from "../i18n/language";
import { go } from "../navigation/routes";
import { IconButton } from "../ui/Button";
import { useSettled } from "../ui/useSettled";
import { ConversationRow } from "./ConversationRow";
import { NewConversationDialog } from "./NewConversationDialog";
import { useConversations, type Conversation } from "./useConversations";

const ROW_PIXELS = 72;
const NEAR = 12;

export function ConversationList({ chosenId }: { chosenId: string | null }) {
  const { t } = useSpeech();
  const [isArchive, setArchive] = useState(false);
  const [wanted, setWanted] = useState("");
  const title = useSettled(wanted.trim());
  const { conversations, isLoading, failed, loadMore } = useConversations(isArchive ? "ONLY" : "EXCLUDE", title);
  const [isCreating, setCreating] = useState(false);
  const list = useRef<VListHandle>(null);
  useNeighbours(conversations, chosenId);
  useUnreadInTitle(isArchive || title !== "" ? null : conversations);

  const loadNearEnd = () => {
    const handle = list.current;
    if (!handle) return;
    const last = handle.findItemIndex(handle.scrollOffset + handle.viewportSize);
    if (last > conversations.length - NEAR) loadMore();
  };
  return (
    <section className="conversation-list" aria-label={t("conversations")}>
      <header className="column-header">
        <h1>{t(isArchive ? "archived" : "conversations")}</h1>
        <span className="column-tools">
          <IconButton
            icon="archive"
            label={t("archived")}
            aria-pressed={isArchive}
            onClick={() => setArchive(!isArchive)}
          />
          <IconButton icon="plus" label={t("newConversation")} onClick={() => setCreating(true)} />
        </span>
      </header>
      <input
        className="conversation-filter"
        type="search"
        value={wanted}
        placeholder={t("filterConversations")}
        aria-label={t("filterConversations")}
        onChange={(event) => setWanted(event.target.value)}
      />
      {failed && <p className="quiet problem">{t("failed")}</p>}
      {!failed && conversations.length === 0 && (
        <p className="quiet" role="status">
          {isLoading ? t("loading") : title ? t("noTitleMatches", { text: title }) : t("noConversations")}
        </p>
      )}
      <VList ref={list} className="conversation-rows" data={conversations} itemSize={ROW_PIXELS} onScroll={loadNearEnd}>
        {(conversation) => (
          <ConversationRow
            key={conversation.id}
            conversation={conversation}
            isChosen={conversation.id === chosenId}
          />
        )}
      </VList>
      {isCreating && <NewConversationDialog onClose={() => setCreating(false)} />}
    </section>
  );
}

/** Alt ↑ and Alt ↓ go to the conversation above and below. */
function useNeighbours(conversations: Conversation[], chosenId: string | null): void {
  useEffect(() => {
    const press = ({ altKey, key }: KeyboardEvent) => {
      const step = altKey ? { ArrowUp: -1, ArrowDown: 1 }[key] : undefined;
      if (step === undefined) return;
      const index = conversations.findIndex(({ id }) => id === chosenId);
      const next = conversations[index + step];
      if (next) go("conversations", next.id);
    };
    addEventListener("keydown", press);
    return () => removeEventListener("keydown", press);
  }, [conversations, chosenId]);
}

/** The page's title counts what is unread; it stays as it is while only a part of them is here (null). */
function useUnreadInTitle(conversations: Conversation[] | null): void {
  const count = conversations
    ?.filter(({ muted }) => !muted)
    .reduce((sum, { unreadCount }) => sum + unreadCount, 0);
  useEffect(() => {
    if (count !== undefined) document.title = count > 0 ? `(${count}) Parley` : "Parley";
  }, [count]);
}

import { lazy, Suspense, useState } from "react";

import type { ConversationQuery } from "../generated/graphql";
import { useSpeech } from "../i18n/language";
import { listed } from "../i18n/text";
import { go } from "../navigation/routes";
import { Avatar } from "../ui/Avatar";
import { IconButton } from "../ui/Button";
import { usePresence } from "../workspace/usePresence";

const BookmarksDialog = lazy(() => import("./BookmarksDialog"));
const ConversationMenu = lazy(() => import("./ConversationMenu"));
const DateDialog = lazy(() => import("./DateDialog"));

interface Props {
  conversation: ConversationQuery["conversation"];
  onDate(date: string): void;
}

export function PaneHeader({ conversation, onDate }: Props) {
  const { t } = useSpeech();
  const [open, setOpen] = useState<"bookmarks" | "date" | null>(null);
  const [menuBy, setMenuBy] = useState<HTMLElement | null>(null);
  const close = () => setOpen(null);
  const id = conversation?.id ?? "";
  return (
    <header className="pane-header">
      <IconButton
        icon="back"
        flips
        className="pane-back"
        label={t("backToConversations")}
        onClick={() => go("conversations")}
      />
      {conversation && <Title conversation={conversation} />}
      <div className="pane-tools">
        <IconButton icon="calendar" label={t("jumpToDate")} onClick={() => setOpen("date")} />
        <IconButton icon="bookmark" label={t("bookmarks")} onClick={() => setOpen("bookmarks")} />
        <IconButton
          icon="search"
          label={t("searchHere")}
          onClick={() => go("search", null, { in: id })}
        />
        <IconButton
          icon="more"
          label={t("conversationActions")}
          aria-haspopup="menu"
          onClick={(event) => setMenuBy(event.currentTarget)}
        />
      </div>
      <Suspense>
        {open === "bookmarks" && <BookmarksDialog conversationId={id} onClose={close} />}
        {menuBy && conversation && (
          <ConversationMenu
            conversation={conversation}
            button={menuBy}
            onClose={() => setMenuBy(null)}
          />
        )}
        {open === "date" && <DateDialog onDate={onDate} onClose={close} />}
      </Suspense>
    </header>
  );
}

function Title({ conversation }: { conversation: NonNullable<Props["conversation"]> }) {
  const { t, locale } = useSpeech();
  const { present } = usePresence(conversation.id);
  const names = Object.values(present);
  const people = conversation.participants.nodes.filter(({ leftAt }) => leftAt === null);
  return (
    <>
      <Avatar name={conversation.title} isPresent={names.length > 0} />
      <div className="pane-title">
        <h1>
          <bdi>{conversation.title}</bdi>
        </h1>
        <p className="quiet">
          <bdi>
            {names.length > 0
              ? t("presentNames", { names: listed(names, locale) })
              : people.map(({ name }) => name).join(", ")}
          </bdi>
        </p>
      </div>
    </>
  );
}

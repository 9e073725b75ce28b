import { lazy, Suspense, useState } from "react";
import { useMutation } from "urql";

import { go } from "../app/routes";
import { usePresence } from "../conversations/presence";
import { UpdateConversationSettingsDocument, type ConversationQuery } from "../generated/graphql";
import { useSpeech } from "../i18n/language";
import { Avatar } from "../ui/Avatar";
import { IconButton } from "../ui/Button";

const BookmarksDialog = lazy(() => import("./BookmarksDialog"));
const DateDialog = lazy(() => import("./DateDialog"));

interface Props {
  conversation: ConversationQuery["conversation"];
  onDate(date: string): void;
}

export function PaneHeader({ conversation, onDate }: Props) {
  const { t } = useSpeech();
  const [open, setOpen] = useState<"bookmarks" | "date" | null>(null);
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
        {conversation && <Settings conversation={conversation} />}
        <IconButton icon="calendar" label={t("jumpToDate")} onClick={() => setOpen("date")} />
        <IconButton icon="bookmark" label={t("bookmarks")} onClick={() => setOpen("bookmarks")} />
        <IconButton
          icon="search"
          label={t("searchHere")}
          onClick={() => go("search", null, { in: id })}
        />
      </div>
      <Suspense>
        {open === "bookmarks" && <BookmarksDialog conversationId={id} onClose={close} />}
        {open === "date" && <DateDialog onDate={onDate} onClose={close} />}
      </Suspense>
    </header>
  );
}

/** What the viewer settles for themselves: to pin, mute and archive the conversation. */
function Settings({ conversation }: { conversation: NonNullable<Props["conversation"]> }) {
  const { t } = useSpeech();
  const [, update] = useMutation(UpdateConversationSettingsDocument);
  const { id, pinnedAt, muted, archivedAt } = conversation;
  const switches = [
    { icon: "pin", label: t("pin"), isOn: pinnedAt !== null, name: "pinned" },
    { icon: "mute", label: t("mute"), isOn: muted, name: "muted" },
    { icon: "archive", label: t("archive"), isOn: archivedAt !== null, name: "archived" },
  ] as const;
  return switches.map(({ icon, label, isOn, name }) => (
    <IconButton
      key={icon}
      icon={icon}
      className="pane-setting"
      label={label}
      aria-pressed={isOn}
      onClick={() => void update({ input: { conversationId: id, [name]: !isOn } })}
    />
  ));
}

function Title({ conversation }: { conversation: NonNullable<Props["conversation"]> }) {
  const { t } = useSpeech();
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
          {names.length > 0
            ? t("presentNames", { names: names.join(", ") })
            : people.map(({ name }) => name).join(", ")}
        </p>
      </div>
    </>
  );
}

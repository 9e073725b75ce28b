import { useSpeech } from "../i18n/language";
import { listed } from "../i18n/text";
import { inWords } from "../messages/words";
import { hashOf } from "../navigation/routes";
import { Avatar } from "../ui/Avatar";
import { Icon } from "../ui/Icon";
import { LabelDot } from "../ui/LabelDot";
import { briefTime } from "../ui/time";
import { useWatch } from "../workspace/usePresence";
import type { Conversation } from "./useConversations";

interface Props {
  conversation: Conversation;
  isChosen: boolean;
}

export function ConversationRow({ conversation, isChosen }: Props) {
  const { t, locale } = useSpeech();
  const { id, title, lastMessage, lastActivityAt, unreadCount, labels } = conversation;
  const { present, typing } = useWatch(id);
  const typists = Object.values(typing);
  const others = Object.keys(present).length;
  return (
    <a
      className="conversation-row"
      href={hashOf("conversations", id)}
      aria-current={isChosen ? "true" : undefined}
      data-unread={unreadCount > 0}
    >
      <Avatar name={title} isPresent={others > 0} />
      <span className="conversation-row-text">
        <span className="conversation-row-head">
          <bdi className="conversation-row-title">{title}</bdi>
          {labels.map((label) => (
            <LabelDot key={label.id} {...label} />
          ))}
          <Marks conversation={conversation} />
          <time dateTime={lastActivityAt}>{briefTime(lastActivityAt, locale)}</time>
        </span>
        <span className="conversation-row-foot">
          {typists.length > 0 ? (
            <span className="typing">{t("typing", { count: typists.length, names: listed(typists, locale) })}</span>
          ) : (
            <LastMessage last={lastMessage} />
          )}
          {unreadCount > 0 && (
            <span className="badge">
              {unreadCount.toLocaleString(locale)}
              <span className="unseen"> {t("unread")}</span>
            </span>
          )}
        </span>
      </span>
      {others > 0 && <span className="unseen">{t("present", { count: others })}</span>}
    </a>
  );
}

function Marks({ conversation: { pinnedAt, muted } }: { conversation: Conversation }) {
  const { t } = useSpeech();
  const marks = [
    ...(pinnedAt !== null ? [["pin", t("pinned")] as const] : []),
    ...(muted ? [["mute", t("muted")] as const] : []),
  ];
  return marks.map(([icon, words]) => (
    <span key={icon} className="conversation-row-mark" title={words}>
      <Icon name={icon} />
      <span className="unseen">{words}</span>
    </span>
  ));
}

function LastMessage({ last }: { last: Conversation["lastMessage"] }) {
  const { t } = useSpeech();
  if (!last) return <span className="conversation-row-last">{t("empty")}</span>;
  return (
    <span className="conversation-row-last" dir="auto">
      {last.sender && <bdi>{last.sender.name}: </bdi>}
      <bdi>{inWords(last, t)}</bdi>
    </span>
  );
}

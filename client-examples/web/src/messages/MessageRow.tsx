import { memo } from "react";

import { useSpeech } from "../i18n/language";
import { useViewer } from "../session/session";
import { Avatar, hueOf } from "../ui/Avatar";
import { IconButton } from "../ui/Button";
import { Icon } from "../ui/Icon";
import { clockTime, dateAndTime } from "../ui/time";
import { isOwn, usePaneActions } from "./actions";
import { Attachment } from "./Attachment";
import { Body } from "./Body";
import type { Message } from "./window";
import { inWords } from "./words";

interface Props {
  message: Message;
  /** Whether it begins a run of its sender's messages. */
  isFirst: boolean;
  /** Whether the reader was led to it. */
  isTarget: boolean;
}

export const MessageRow = memo(function MessageRow({ message, isFirst, isTarget }: Props) {
  const { t, locale } = useSpeech();
  const viewer = useViewer();
  const { openMenu } = usePaneActions();
  const { id, kind, sender, sentAt, editedAt, deletedAt, bookmarked } = message;
  if (kind === "NOTICE") return <Notice message={message} />;
  const own = isOwn(message, viewer);
  const name = sender?.name ?? "";
  return (
    <article
      className="message"
      id={id}
      data-own={own}
      data-first={isFirst}
      data-target={isTarget}
      aria-label={`${name}, ${dateAndTime(sentAt, locale)}`}
    >
      {isFirst && !own && <Avatar name={name} />}
      <div className="bubble">
        {isFirst && !own && <bdi className={`message-sender hue-${hueOf(name)}`}>{name}</bdi>}
        <Quote message={message} />
        <Content message={message} />
        <span className="message-foot">
          {bookmarked && (
            <span className="message-mark" title={t("bookmarked")}>
              <Icon name="bookmark" />
              <span className="unseen">{t("bookmarked")}</span>
            </span>
          )}
          {editedAt !== null && deletedAt === null && <span>{t("edited")}</span>}
          <time dateTime={sentAt} title={dateAndTime(sentAt, locale)}>
            {clockTime(sentAt, locale)}
          </time>
        </span>
        <Reactions message={message} />
      </div>
      <IconButton
        icon="more"
        className="message-more"
        label={t("messageActions")}
        aria-haspopup="menu"
        onClick={(event) => openMenu(message, event.currentTarget)}
      />
    </article>
  );
});

function Notice({ message }: { message: Message }) {
  return (
    <p className="notice-line" id={message.id}>
      <bdi>{message.body}</bdi>
    </p>
  );
}

function Quote({ message: { replyTo } }: { message: Message }) {
  const { t } = useSpeech();
  const { jumpTo } = usePaneActions();
  if (!replyTo) return null;
  return (
    <button type="button" className="quote" onClick={() => jumpTo(replyTo.id)}>
      <bdi className="quote-name">{replyTo.sender?.name}</bdi>
      <bdi>{inWords(replyTo, t)}</bdi>
    </button>
  );
}

function Content({ message }: { message: Message }) {
  const { t } = useSpeech();
  const { kind, body, deletedAt, attachments, place, poll } = message;
  if (deletedAt !== null) return <p className="body body-quiet">{t("deletedMessage")}</p>;
  const isBare = kind !== "TEXT" && kind !== "NOTICE" && attachments.length === 0 && !place && !poll && !body;
  return (
    <>
      {attachments.map((attachment) => (
        <Attachment key={attachment.id} attachment={attachment} />
      ))}
      {place && (
        <p className="body">
          {t("kind_LOCATION")}: {place.latitude.toFixed(5)}, {place.longitude.toFixed(5)}
        </p>
      )}
      {poll && <Poll poll={poll} />}
      {isBare && <p className="body body-quiet">{t(`kind_${kind}`)}</p>}
      {body && <Body text={body} />}
    </>
  );
}

function Poll({ poll }: { poll: NonNullable<Message["poll"]> }) {
  const { t } = useSpeech();
  return (
    <figure className="poll">
      <figcaption dir="auto">{poll.title}</figcaption>
      <ul>
        {poll.options.map(({ text, votes }) => (
          <li key={text}>
            <bdi>{text}</bdi> <span className="quiet">{t("votes", { count: votes })}</span>
          </li>
        ))}
      </ul>
    </figure>
  );
}

function Reactions({ message }: { message: Message }) {
  const { t } = useSpeech();
  const viewer = useViewer();
  const { react } = usePaneActions();
  const emojis = new Map<string, { names: string[]; isMine: boolean }>();
  for (const { emoji, participant } of message.reactions) {
    const entry = emojis.get(emoji) ?? { names: [], isMine: false };
    entry.names.push(participant?.name ?? "?");
    entry.isMine ||= participant?.user?.id === viewer.id;
    emojis.set(emoji, entry);
  }
  if (emojis.size === 0) return null;
  return (
    <span className="reactions">
      {[...emojis].map(([emoji, { names, isMine }]) => (
        <button
          key={emoji}
          type="button"
          className="reaction"
          aria-pressed={isMine}
          aria-label={t("reactionBy", { emoji, names: names.join(", ") })}
          title={names.join(", ")}
          onClick={() => react(message, emoji, isMine)}
        >
          {emoji} {names.length > 1 && <span>{names.length}</span>}
        </button>
      ))}
    </span>
  );
}

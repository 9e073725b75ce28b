import { useQuery } from "urql";

import { hashOf } from "../app/routes";
import { BookmarkedMessagesDocument } from "../generated/graphql";
import { useSpeech } from "../i18n/language";
import { Dialog } from "../ui/Dialog";
import { dateAndTime } from "../ui/time";
import { inWords } from "./words";

const MOST = 100;

export default function BookmarksDialog({ conversationId, onClose }: { conversationId: string; onClose(): void }) {
  const { t, language } = useSpeech();
  const [{ data, fetching, error }] = useQuery({
    query: BookmarkedMessagesDocument,
    variables: { conversationId, last: MOST },
    requestPolicy: "cache-and-network",
  });
  const messages = data?.conversation?.messages.nodes.filter(({ bookmarked }) => bookmarked) ?? [];
  return (
    <Dialog title={t("bookmarks")} onClose={onClose}>
      {messages.length === 0 && (
        <p className="quiet">{t(error ? "failed" : fetching ? "loading" : "noBookmarks")}</p>
      )}
      <ul className="bookmark-list">
        {messages.toReversed().map((message) => (
          <li key={message.id}>
            <a
              href={hashOf("conversations", conversationId, { at: message.sentAt, message: message.id })}
              onClick={onClose}
            >
              <span className="quiet">
                <bdi>{message.sender?.name}</bdi> · {dateAndTime(message.sentAt, language)}
              </span>
              <bdi>{inWords(message, t)}</bdi>
            </a>
          </li>
        ))}
      </ul>
    </Dialog>
  );
}

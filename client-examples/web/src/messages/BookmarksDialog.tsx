import { useQuery } from "urql";

import { BookmarksDocument } from "../generated/graphql";
import { useSpeech } from "../i18n/language";
import { go, hashOf } from "../navigation/routes";
import { Dialog } from "../ui/Dialog";
import { dateAndTime } from "../ui/time";
import { inWords } from "./words";

const MOST = 100;

export default function BookmarksDialog({ conversationId, onClose }: { conversationId: string; onClose(): void }) {
  const { t, locale } = useSpeech();
  const [{ data, fetching, error }] = useQuery({
    query: BookmarksDocument,
    variables: { conversationId, first: MOST },
    requestPolicy: "cache-and-network",
  });
  const messages = data?.bookmarks.nodes.flatMap(({ message }) =>
    message?.bookmarked ? [message] : [],
  );
  return (
    <Dialog title={t("bookmarks")} onClose={onClose}>
      {!messages?.length && (
        <p className="quiet">{t(error ? "failed" : fetching ? "loading" : "noBookmarks")}</p>
      )}
      <ul className="bookmark-list">
        {messages?.map((message) => (
          <li key={message.id}>
            <a
              href={hashOf("conversations", conversationId, { message: message.id })}
              onClick={(event) => {
                event.preventDefault();
                onClose();
                go("conversations", conversationId, { message: message.id });
              }}
            >
              <span className="quiet">
                <bdi>{message.sender?.name}</bdi> · {dateAndTime(message.sentAt, locale)}
              </span>
              <bdi>{inWords(message, t)}</bdi>
            </a>
          </li>
        ))}
      </ul>
    </Dialog>
  );
}

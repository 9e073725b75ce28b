import { useSpeech } from "../i18n/language";
import { useRoute } from "../navigation/routes";
import { ConversationPane } from "../messages/ConversationPane";
import "../styles/conversations.css";
import "../styles/messages.css";
import { ConversationList } from "./ConversationList";

export function ConversationsView() {
  const { t } = useSpeech();
  const { id, query } = useRoute();
  return (
    <div className="columns">
      <ConversationList chosenId={id} />
      <main className="pane">
        {id === null ? (
          <p className="quiet pane-empty">{t("chooseConversation")}</p>
        ) : (
          <ConversationPane key={id} conversationId={id} place={query} />
        )}
      </main>
    </div>
  );
}

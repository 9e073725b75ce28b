import { useSpeech } from "../i18n/language";
import { go } from "../navigation/routes";
import { Button } from "../ui/Button";
import type { MessageWindow } from "./window";

const WORDS = { conversation: "noSuchConversation", place: "noSuchPlace", fault: "failed" } as const;

interface Props {
  window: MessageWindow;
  onNewest(): void;
  onAgain(): void;
}

/** What is there in place of messages: why there are none, and the way on where there is one. */
export function EmptyPane({ window: { trouble, loading }, onNewest, onAgain }: Props) {
  const { t } = useSpeech();
  const words = trouble ? WORDS[trouble] : loading ? "loading" : "empty";
  return (
    <div className="pane-empty" role="status">
      <p className="quiet">{t(words)}</p>
      {trouble === "conversation" && (
        <Button icon="back" onClick={() => go("conversations")}>
          {t("backToConversations")}
        </Button>
      )}
      {trouble === "place" && <Button onClick={onNewest}>{t("toNewest")}</Button>}
      {trouble === "fault" && <Button onClick={onAgain}>{t("tryAgain")}</Button>}
    </div>
  );
}

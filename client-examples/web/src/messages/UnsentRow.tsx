import { useSpeech } from "../i18n/language";
import { Button } from "../ui/Button";
import { Icon } from "../ui/Icon";
import type { Unsent } from "../workspace/outbox";
import { useWorkspace } from "../workspace/workspace";
import { Body } from "./Body";

/** A message on its way, or one that was refused: then the reader may send it again or change it. */
export function UnsentRow({ unsent, onChange }: { unsent: Unsent; onChange(unsent: Unsent): void }) {
  const { t } = useSpeech();
  const { outbox } = useWorkspace();
  const { clientMessageId, body, problem } = unsent;
  return (
    <article className="message" data-own data-first data-unsent={problem ? "refused" : "sending"}>
      <div className="bubble">
        <Body text={body} />
        <span className="message-foot">
          <Icon name="clock" />
          {t(problem ? "notSent" : "sending")}
        </span>
        {problem !== null && (
          <div className="unsent-problem" role="alert">
            <p>{problem}</p>
            <Button onClick={() => outbox.retry(clientMessageId)}>{t("tryAgain")}</Button>
            <Button onClick={() => onChange(unsent)}>{t("edit")}</Button>
          </div>
        )}
      </div>
    </article>
  );
}

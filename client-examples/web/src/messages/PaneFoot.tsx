import { useState } from "react";

import { useWorkspace } from "../app/workspace";
import { usePresence } from "../conversations/presence";
import { useSpeech } from "../i18n/language";
import { useStore } from "../live/stores";
import { useViewer } from "../session/session";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { isOwn, mayWrite, useMessageActions } from "./actions";
import { Composer } from "./Composer";
import { MessageMenu } from "./MessageMenu";
import type { Pane } from "./usePane";
import type { Message } from "./window";

interface Props {
  conversationId: string;
  pane: Pane;
  /** The newest message, where it is in the window. */
  newest: Message | null;
}

/** Below the messages: who has seen them, who types, and where one writes. */
export function PaneFoot({ conversationId, pane, newest }: Props) {
  const { t } = useSpeech();
  const viewer = useViewer();
  const { writing, draft, problem } = pane;
  const key = writing.kind === "edit" ? writing.message.id : draft;
  return (
    <footer className="pane-foot">
      <Life conversationId={conversationId} newest={newest} />
      {problem !== null && (
        <p className="problem" role="alert">
          {problem}
        </p>
      )}
      {mayWrite(viewer) ? (
        <Composer
          key={key}
          conversationId={conversationId}
          writing={writing}
          onWritten={pane.write}
          onCancel={() => pane.setWriting({ kind: "new" })}
          onEditLast={pane.editLast}
        />
      ) : (
        <p className="quiet">{t("mayOnlyRead")}</p>
      )}
      <Menu pane={pane} />
    </footer>
  );
}

/** Who types, or else who has seen one's newest message. */
function Life({ conversationId, newest }: { conversationId: string; newest: Message | null }) {
  const { t } = useSpeech();
  const viewer = useViewer();
  const { typing } = usePresence(conversationId, viewer.id);
  const seen = useStore(useWorkspace().receipts)[conversationId] ?? {};
  const typists = Object.values(typing);
  const readers = Object.keys(seen).filter((name) => seen[name] === newest?.id);
  const isSeen = newest !== null && isOwn(newest, viewer) && readers.length > 0;
  const names = typists.length > 0 ? typists : readers;
  const words = typists.length > 0 ? "typing" : isSeen ? "seenBy" : null;
  return (
    <p className={typists.length > 0 ? "life typing" : "life"} aria-live="polite">
      {words && t(words, { names: names.join(", ") })}
    </p>
  );
}

function Menu({ pane }: { pane: Pane }) {
  const { t } = useSpeech();
  const viewer = useViewer();
  const changes = useMessageActions();
  const [deleting, setDeleting] = useState<Message | null>(null);
  const { menu, run, setWriting } = pane;
  return (
    <>
      {menu && (
        <MessageMenu
          {...menu}
          onClose={pane.closeMenu}
          onReply={() => setWriting({ kind: "reply", message: menu.message })}
          onEdit={() => setWriting({ kind: "edit", message: menu.message })}
          onDelete={() => setDeleting(menu.message)}
          onBookmark={() => run(changes.toggleBookmark(menu.message))}
          onReact={(emoji) => {
            const isMine = menu.message.reactions.some(
              (each) => each.emoji === emoji && each.participant?.user?.id === viewer.id,
            );
            run(changes.toggleReaction(menu.message, emoji, isMine));
          }}
        />
      )}
      {deleting && (
        <Dialog title={t("deleteQuestion")} onClose={() => setDeleting(null)}>
          <p>{t("deleteHint")}</p>
          <div className="form-buttons">
            <Button onClick={() => setDeleting(null)}>{t("cancel")}</Button>
            <Button
              look="danger"
              onClick={() => {
                setDeleting(null);
                run(changes.remove(deleting));
              }}
            >
              {t("delete")}
            </Button>
          </div>
        </Dialog>
      )}
    </>
  );
}

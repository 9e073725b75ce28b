import { useState } from "react";
import { useQuery } from "urql";

import { ConversationDocument } from "../generated/graphql";
import { useSpeech } from "../i18n/language";
import { listed } from "../i18n/text";
import { reachedBy, together, type ByUser } from "../live/receipts";
import { useStore } from "../live/stores";
import { mayWrite } from "../session/roles";
import { useViewer } from "../session/session";
import { Question } from "../ui/Dialog";
import { usePresence } from "../workspace/usePresence";
import { useWorkspace } from "../workspace/workspace";
import { isOwn, useMessageActions } from "./actions";
import { Composer } from "./Composer";
import { MessageMenu } from "./MessageMenu";
import { ReactionDialog } from "./ReactionDialog";
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

/** Who types, or else who has seen one's newest message, or whom it has reached. */
function Life({ conversationId, newest }: { conversationId: string; newest: Message | null }) {
  const { t, locale } = useSpeech();
  const viewer = useViewer();
  const { typing } = usePresence(conversationId);
  const people = useReceipts(conversationId, viewer.id);
  const typists = Object.values(typing);
  if (typists.length > 0) {
    return (
      <p className="life typing" aria-live="polite">
        {t("typing", { count: typists.length, names: listed(typists, locale) })}
      </p>
    );
  }
  const own = newest !== null && isOwn(newest, viewer) ? newest : null;
  const { seen, delivered } = own ? reachedBy(own.seq, people) : { seen: [], delivered: [] };
  return (
    <p className="life" aria-live="polite">
      {seen.length > 0
        ? t("seenBy", { names: listed(seen, locale) })
        : delivered.length > 0 && t("deliveredTo", { names: listed(delivered, locale) })}
    </p>
  );
}

/** What the server kept, and what was told since. */
function useReceipts(conversationId: string, viewerId: string): ByUser {
  const [{ data }] = useQuery({ query: ConversationDocument, variables: { id: conversationId } });
  const told = useStore(useWorkspace().receipts)[conversationId] ?? {};
  const kept = (data?.conversation?.receipts ?? []).flatMap(({ user, deliveredSeq, readSeq }) =>
    user && user.id !== viewerId ? [[user.id, { name: user.name, deliveredSeq, readSeq }] as const] : [],
  );
  return together(Object.fromEntries(kept), told);
}

function Menu({ pane }: { pane: Pane }) {
  const { t } = useSpeech();
  const viewer = useViewer();
  const changes = useMessageActions();
  const [deleting, setDeleting] = useState<Message | null>(null);
  const [reacting, setReacting] = useState<Message | null>(null);
  const { menu, run, setWriting } = pane;
  const react = (message: Message, emoji: string) => {
    const isMine = message.reactions.some(
      (each) => each.emoji === emoji && each.participant?.user?.id === viewer.id,
    );
    return changes.toggleReaction(message, emoji, isMine);
  };
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
          onReact={(emoji) => run(react(menu.message, emoji))}
          onOtherReaction={() => setReacting(menu.message)}
        />
      )}
      {reacting && (
        <ReactionDialog
          onReact={(emoji) => react(reacting, emoji)}
          onClose={() => setReacting(null)}
        />
      )}
      {deleting && (
        <Question
          title={t("deleteQuestion")}
          yes="delete"
          onNo={() => setDeleting(null)}
          onYes={() => {
            setDeleting(null);
            run(changes.remove(deleting));
          }}
        >
          <p>{t("deleteHint")}</p>
        </Question>
      )}
    </>
  );
}

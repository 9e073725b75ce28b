import { useEffect, useLayoutEffect, useRef, useState, type KeyboardEvent } from "react";
import { useClient } from "urql";

import { StartTypingDocument } from "../generated/graphql";
import { useSpeech } from "../i18n/language";
import { IconButton } from "../ui/Button";
import { useDraft } from "../workspace/drafts";
import type { Message } from "./window";
import { inWords } from "./words";

const TYPING_MILLISECONDS = 2_500;
const MOST_CHARACTERS = 65_536;

export type Writing =
  | { kind: "new" }
  | { kind: "reply"; message: Message }
  | { kind: "edit"; message: Message };

interface Props {
  conversationId: string;
  writing: Writing;
  /** Gives what is wrong, in words; null when the text is in safe hands. */
  onWritten(text: string): Promise<string | null>;
  onCancel(): void;
  onEditLast(): void;
}

/** Where one writes. The text is kept in the browser until it was handed on. */
export function Composer({ conversationId, writing, onWritten, onCancel, onEditLast }: Props) {
  const { t } = useSpeech();
  const isEdit = writing.kind === "edit";
  const key = isEdit ? `edit.${writing.message.id}` : conversationId;
  const [text, setText] = useDraft(key, isEdit ? writing.message.body : "");
  const [problem, setProblem] = useState<string | null>(null);
  const field = useRef<HTMLTextAreaElement>(null);
  const tellTyping = useTyping(conversationId);
  useGrowth(field, text);
  useEffect(() => {
    if (writing.kind !== "new") field.current?.focus();
  }, [writing]);

  const tooLong = [...text].length > MOST_CHARACTERS;
  const submit = async () => {
    const body = text.trim();
    if (body === "" || tooLong) return;
    if (!isEdit) setText("");
    const wrong = await onWritten(body);
    setProblem(wrong);
    if (isEdit && wrong === null) setText("");
  };
  const press = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return;
    if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      void submit();
    } else if (event.key === "Escape" && writing.kind !== "new") {
      onCancel();
    } else if (event.key === "ArrowUp" && text === "") {
      event.preventDefault();
      onEditLast();
    }
  };
  return (
    <div className="composer">
      {writing.kind !== "new" && (
        <div className="composer-about">
          <span>
            {t(isEdit ? "editing" : "replying")} <bdi>{inWords(writing.message, t)}</bdi>
          </span>
          <IconButton icon="close" label={t("cancel")} onClick={onCancel} />
        </div>
      )}
      {(problem ?? tooLong) && (
        <p className="problem" role="alert">
          {tooLong ? t("tooLong", { most: MOST_CHARACTERS }) : problem}
        </p>
      )}
      <div className="composer-line">
        <textarea
          ref={field}
          rows={1}
          // Without a text it is the page's: what the empty field says is in its language.
          dir={text === "" ? undefined : "auto"}
          value={text}
          aria-label={t("writeMessage")}
          placeholder={t("writeMessage")}
          enterKeyHint="send"
          onChange={(event) => {
            setText(event.target.value);
            tellTyping();
          }}
          onKeyDown={press}
        />
        <IconButton
          icon={isEdit ? "check" : "send"}
          label={t(isEdit ? "save" : "send")}
          className="composer-send"
          flips
          disabled={text.trim() === "" || tooLong}
          onClick={() => void submit()}
        />
      </div>
    </div>
  );
}

/** As high as its text, up to the limit that the style sets. */
function useGrowth(field: { current: HTMLTextAreaElement | null }, text: string): void {
  useLayoutEffect(() => {
    const area = field.current;
    const line = area?.parentElement;
    if (!area || !line) return;
    // What is above must not move into the space that the field leaves while it is measured.
    line.style.minHeight = `${line.offsetHeight}px`;
    area.style.height = "auto";
    area.style.height = `${area.scrollHeight}px`;
    line.style.minHeight = "";
  }, [field, text]);
}

function useTyping(conversationId: string): () => void {
  const client = useClient();
  const last = useRef(0);
  return () => {
    if (Date.now() - last.current < TYPING_MILLISECONDS) return;
    last.current = Date.now();
    void client.mutation(StartTypingDocument, { input: { conversationId } }).toPromise();
  };
}

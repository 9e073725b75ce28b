import { useId, useLayoutEffect, useRef, useState, type ReactNode } from "react";

import { useSpeech, type Key } from "../i18n/language";
import { Button, IconButton } from "./Button";

interface Props {
  title: string;
  className?: string;
  /** Whether something was typed in it that would be lost: then one is asked first. */
  isDirty?: boolean;
  onClose?(): void;
  children: ReactNode;
}

/** A modal dialog of the browser's own: it keeps the focus, and Escape closes it. */
export function Dialog({ title, className = "", isDirty = false, onClose, children }: Props) {
  const { t } = useSpeech();
  const dialog = useRef<HTMLDialogElement>(null);
  const heading = useId();
  const [isAsking, setAsking] = useState(false);
  // Before it leaves the page, so that the focus goes back to where it was.
  useLayoutEffect(() => {
    const shown = dialog.current;
    if (shown && !shown.open) shown.showModal();
    return () => shown?.close();
  }, []);
  const leave = () => {
    if (onClose && !isDirty) return onClose();
    // The browser closes it all the same when Escape is pressed again and again.
    if (!dialog.current?.open) dialog.current?.showModal();
    setAsking(isDirty);
  };
  return (
    <dialog
      ref={dialog}
      className={`dialog ${className}`}
      aria-labelledby={heading}
      onCancel={(event) => {
        event.preventDefault();
        leave();
      }}
      onClose={() => {
        if (!dialog.current?.open) leave();
      }}
      onClick={(event) => {
        if (event.target === dialog.current) leave();
      }}
    >
      <div className="dialog-body">
        <header className="dialog-header">
          <h2 id={heading}>
            <bdi>{title}</bdi>
          </h2>
          {onClose && <IconButton icon="close" label={t("close")} onClick={leave} />}
        </header>
        {children}
      </div>
      {isAsking && onClose && (
        <Question
          title={t("discardQuestion")}
          no="goOnWriting"
          yes="discard"
          onNo={() => setAsking(false)}
          onYes={onClose}
        />
      )}
    </dialog>
  );
}

interface QuestionProps {
  title: string;
  /** What the buttons say. */
  no?: Key;
  yes: Key;
  onNo(): void;
  onYes(): void;
  children?: ReactNode;
}

/** Asks before what cannot be taken back. */
export function Question({ title, no = "cancel", yes, onNo, onYes, children }: QuestionProps) {
  const { t } = useSpeech();
  return (
    <Dialog title={title} onClose={onNo}>
      {children}
      <div className="form-buttons">
        <Button onClick={onNo}>{t(no)}</Button>
        <Button look="danger" onClick={onYes}>
          {t(yes)}
        </Button>
      </div>
    </Dialog>
  );
}

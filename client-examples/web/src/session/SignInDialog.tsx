import { useEffect, useId, useState, type FormEvent } from "react";

import { parseToken } from "../../../page/token";
import { useSpeech } from "../i18n/language";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { useSession } from "./session";

/** The token box. It opens by itself when there is no token that the server takes. */
export function SignInDialog() {
  const { t } = useSpeech();
  const { signIn, viewer, check } = useSession();
  const needsToken = signIn.state === "none" || signIn.state === "refused";
  const [isOpen, setOpen] = useState(needsToken);
  useEffect(() => {
    if (needsToken) setOpen(true);
    if (signIn.state === "accepted") setOpen(false);
  }, [needsToken, signIn.state]);

  if (signIn.state === "away" && viewer === null) {
    return (
      <main className="notice" role="alert">
        <h1>{t("serverAway")}</h1>
        <p>{t("serverAwayHint")}</p>
        <Button look="primary" onClick={check}>
          {t("tryAgain")}
        </Button>
      </main>
    );
  }
  if (!isOpen) return null;
  return (
    <Dialog title={t("signIn")}>
      <TokenForm />
    </Dialog>
  );
}

function TokenForm() {
  const { t } = useSpeech();
  const { signIn, viewer, replaceToken } = useSession();
  const [text, setText] = useState("");
  const [isMalformed, setMalformed] = useState(false);
  const field = useId();
  const problem = isMalformed ? t("tokenMalformed") : signIn.state === "refused" ? signIn.reason : "";

  const submit = (event: FormEvent) => {
    event.preventDefault();
    const token = parseToken(text);
    setMalformed(token === null);
    if (token !== null) replaceToken(token);
  };
  return (
    <form className="form" onSubmit={submit}>
      <p>{t(viewer ? "signInAgainHint" : "signInHint")}</p>
      <label htmlFor={field}>{t("token")}</label>
      <input
        id={field}
        type="password"
        autoComplete="off"
        autoFocus
        spellCheck={false}
        value={text}
        placeholder="eyJ…"
        aria-describedby={`${field}-problem`}
        aria-invalid={problem !== ""}
        onChange={(event) => setText(event.target.value)}
      />
      <p id={`${field}-problem`} className="problem" role="alert">
        {problem}
      </p>
      <div className="form-buttons">
        <Button type="submit" look="primary" disabled={signIn.state === "checking"}>
          {t("signIn")}
        </Button>
      </div>
    </form>
  );
}

import { Button, Dialog } from "@graphiql/react";
import { useEffect, useState, type FormEvent } from "react";

import { useSession } from "./session";
import { parseToken } from "../../page/token";

interface Props {
  isOpen: boolean;
  setOpen(isOpen: boolean): void;
}

/** The box that takes a token; it stays open until the server has accepted it. */
export function TokenDialog({ isOpen, setOpen }: Props) {
  const { signIn, token, demo, replaceToken } = useSession();
  const [text, setText] = useState("");
  const [problem, setProblem] = useState<string | null>(null);
  const { state } = signIn;
  useEffect(() => {
    if (state === "refused" || state === "away") setProblem(signIn.reason);
    if (state === "accepted") setText("");
    if (state !== "refused" && state !== "away") setProblem(null);
  }, [signIn, state]);

  const submit = (event: FormEvent) => {
    event.preventDefault();
    const token = parseToken(text);
    setProblem(token === null ? "A token is one line without spaces." : null);
    if (token !== null) replaceToken(token);
  };
  const forget = () => {
    setText("");
    replaceToken(null);
  };

  return (
    <Dialog open={isOpen} onOpenChange={setOpen}>
      <div className="graphiql-dialog-header">
        <Dialog.Title className="graphiql-dialog-title">Sign in</Dialog.Title>
        <Dialog.Close />
      </div>
      <form className="graphiql-dialog-section token" onSubmit={submit}>
        <Dialog.Description>
          Paste a token or an API key. <code>parley token</code> makes one. It is kept in this
          browser tab alone and forgotten when the tab is closed.
        </Dialog.Description>
        <label htmlFor="token">Token</label>
        <input
          id="token"
          type="password"
          autoComplete="off"
          autoFocus
          spellCheck={false}
          value={text}
          placeholder="eyJ…"
          aria-describedby="token-problem"
          aria-invalid={problem !== null}
          onChange={(event) => setText(event.target.value)}
        />
        <p id="token-problem" role="alert">
          {problem}
        </p>
        <div className="token-buttons">
          {token !== null && !demo && (
            <Button type="button" onClick={forget}>
              Forget the token
            </Button>
          )}
          <Button type="submit" state="success" disabled={state === "checking"}>
            {state === "checking" ? "Checking…" : "Sign in"}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

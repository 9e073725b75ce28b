import { Button } from "@graphiql/react";
import { useEffect, useState } from "react";

import { useSession, type Session } from "./session";
import { TokenDialog } from "./TokenDialog";

function describe({ signIn, demo }: Session): string {
  switch (signIn.state) {
    case "none":
      return "No token";
    case "checking":
      return "Checking the token…";
    case "accepted": {
      const { role, user } = signIn.viewer;
      return `Signed in as ${user.name} (${demo ? "demo" : role.toLowerCase()})`;
    }
    case "refused":
      return "Token refused";
    case "away":
      return "Server away";
  }
}

/** Says who is signed in, and opens the token box; it opens by itself when there is no token. */
export function SignInStatus() {
  const session = useSession();
  const [isOpen, setOpen] = useState(false);
  const { state } = session.signIn;
  useEffect(() => {
    if (state === "none") setOpen(true);
    if (state === "accepted") setOpen(false);
  }, [state]);

  return (
    <div className="sign-in">
      <span className="sign-in-brand">Parley</span>
      <span className="sign-in-state" data-state={state} role="status">
        {describe(session)}
      </span>
      {state === "away" && (
        <Button type="button" onClick={session.check}>
          Try again
        </Button>
      )}
      <Button type="button" onClick={() => setOpen(true)}>
        {state === "none" ? "Enter a token" : "Token"}
      </Button>
      <TokenDialog isOpen={isOpen} setOpen={setOpen} />
    </div>
  );
}

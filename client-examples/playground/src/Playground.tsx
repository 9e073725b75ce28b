import { HISTORY_PLUGIN } from "@graphiql/plugin-history";
import { GraphiQL } from "graphiql";
import { useEffect, useMemo } from "react";

import "@fontsource/fira-code/latin-400.css";
import "@fontsource/roboto/latin-400.css";
import "@fontsource/roboto/latin-500.css";
import "@graphiql/plugin-doc-explorer/style.css";
import "@graphiql/plugin-history/style.css";
import "@graphiql/react/style.css";
import "graphiql/graphiql.css";
import "./Playground.css";
import "./monaco-workers";

import type { Config } from "../../page/config";
import { AREAS } from "./examples";
import { EXAMPLES_PLUGIN } from "./ExamplesPanel";
import { createFetcher } from "./fetcher";
import { ResultFooter } from "./ResultFooter";
import { SessionContext, useNewSession } from "./session";
import { SignInStatus } from "./SignInStatus";

const PLUGINS = [EXAMPLES_PLUGIN, HISTORY_PLUGIN];
const FIRST_DOCUMENT = AREAS[0]?.examples[0]?.document ?? "";

export function Playground({ config }: { config: Config }) {
  const session = useNewSession(config);
  const { endpoint, token, signIn, check } = session;
  const fetcher = useMemo(() => createFetcher(endpoint, token, check), [endpoint, token, check]);
  useEffect(() => fetcher.dispose, [fetcher]);

  return (
    <SessionContext value={session}>
      <GraphiQL
        fetcher={fetcher.fetch}
        // null keeps GraphiQL from asking for the schema before the server knows the viewer.
        schema={signIn.state === "accepted" ? undefined : null}
        schemaDescription
        inputValueDeprecation
        plugins={PLUGINS}
        visiblePlugin={EXAMPLES_PLUGIN}
        defaultQuery={FIRST_DOCUMENT}
        defaultEditorToolsVisibility="variables"
        // Headers that are typed would be kept in the history, tokens too: the sign-in box is for them.
        isHeadersEditorEnabled={false}
        showPersistHeadersSettings={false}
      >
        <GraphiQL.Logo>
          <SignInStatus />
        </GraphiQL.Logo>
        <GraphiQL.Footer>
          <ResultFooter />
        </GraphiQL.Footer>
      </GraphiQL>
    </SessionContext>
  );
}

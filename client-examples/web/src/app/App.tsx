import { lazy, Suspense, useEffect, useMemo } from "react";
import { Provider } from "urql";

import type { Config } from "../../../page/config";
import { ConversationsView } from "../conversations/ConversationsView";
import { prefetchConversations } from "../conversations/useConversations";
import { useSpeech } from "../i18n/language";
import { parseRoute, useRoute, type View } from "../navigation/routes";
import { SessionContext, useNewSession, useSession, type Checked, type Viewer } from "../session/session";
import { SignInDialog } from "../session/SignInDialog";
import { Workspace, WorkspaceContext } from "../workspace/workspace";
import { Frame } from "./Frame";

// Most come for the conversations; the others are loaded when they are opened.
const VIEWS = {
  conversations: ConversationsView,
  search: lazy(() => import("../search/SearchView")),
  schedules: lazy(() => import("../schedules/SchedulesView")),
  directory: lazy(() => import("../directory/DirectoryView")),
  imports: lazy(() => import("../imports/ImportsView")),
  statistics: lazy(() => import("../statistics/StatisticsView")),
} satisfies Record<View, unknown>;

interface Props {
  config: Config;
  /** The first check of the token, which has begun before there was anything to show. */
  checking: Promise<Checked> | null;
}

export function App({ config, checking }: Props) {
  const session = useNewSession(config, checking);
  const { viewer } = session;
  return (
    <SessionContext value={session}>
      {viewer && <Signed key={viewer.id} viewer={viewer} />}
      <SignInDialog />
    </SessionContext>
  );
}

/** One person at work. When all must be fetched anew, what they have open and have typed stays. */
function Signed({ viewer }: { viewer: Viewer }) {
  const session = useSession();
  const workspace = useMemo(() => {
    const made = new Workspace(session, viewer);
    if (parseRoute(location.hash).view === "conversations") prefetchConversations(made.client);
    return made;
    // The viewer of each generation comes with a cursor of its own.
  }, [session.generation]);
  useEffect(workspace.open, [workspace]);
  return (
    <WorkspaceContext value={workspace}>
      <Provider value={workspace.client}>
        <Frame>
          <Shown />
        </Frame>
      </Provider>
    </WorkspaceContext>
  );
}

function Shown() {
  const { t } = useSpeech();
  const { view } = useRoute();
  const Chosen = VIEWS[view];
  return (
    <Suspense fallback={<p className="quiet view-loading">{t("loading")}</p>}>
      <Chosen key={view} />
    </Suspense>
  );
}

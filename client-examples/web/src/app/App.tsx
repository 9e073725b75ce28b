import { lazy, Suspense, useEffect, useState } from "react";
import { Provider } from "urql";

import { useSpeech } from "../i18n/language";
import type { Config } from "../../../page/config";
import { SessionContext, useNewSession, useSession, type Viewer } from "../session/session";
import { SignInDialog } from "../session/SignInDialog";
import { Frame } from "./Frame";
import { useRoute, type View } from "./routes";
import { Workspace, WorkspaceContext } from "./workspace";

const VIEWS = {
  conversations: lazy(() => import("../conversations/ConversationsView")),
  search: lazy(() => import("../search/SearchView")),
  schedules: lazy(() => import("../schedules/SchedulesView")),
  directory: lazy(() => import("../directory/DirectoryView")),
  imports: lazy(() => import("../imports/ImportsView")),
  statistics: lazy(() => import("../statistics/StatisticsView")),
} satisfies Record<View, unknown>;

// Most come for the conversations: their code is fetched while the sign-in is still under way.
if (/^(#\/?(conversations.*)?)?$/.test(location.hash)) void import("../conversations/ConversationsView");

export function App({ config }: { config: Config }) {
  const session = useNewSession(config);
  const { viewer, generation } = session;
  return (
    <SessionContext value={session}>
      {viewer && <Signed key={`${viewer.id} ${generation}`} viewer={viewer} />}
      <SignInDialog />
    </SessionContext>
  );
}

function Signed({ viewer }: { viewer: Viewer }) {
  const session = useSession();
  const [workspace] = useState(() => new Workspace(session, viewer));
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

import { lazy, Suspense, useEffect, useLayoutEffect, useState, type ReactNode } from "react";

import { useSpeech } from "../i18n/language";
import { useStore } from "../live/stores";
import { go, hashOf, useRoute, VIEWS, type View } from "../navigation/routes";
import { viewShortcut } from "../navigation/shortcuts";
import { useSession } from "../session/session";
import { IconButton } from "../ui/Button";
import { Icon, type IconName } from "../ui/Icon";
import { useWorkspace } from "../workspace/workspace";

const SettingsDialog = lazy(() => import("./SettingsDialog"));

const ICONS: Record<View, IconName> = {
  conversations: "chats",
  search: "search",
  schedules: "calendar",
  directory: "people",
  imports: "upload",
  statistics: "chart",
};

/** What is around every view: the way to the others, and what is wrong with the line. */
export function Frame({ children }: { children: ReactNode }) {
  const { t } = useSpeech();
  const { view, id } = useRoute();
  const { config } = useSession();
  const [isSettingsOpen, setSettingsOpen] = useState(false);
  useShortcuts(() => setSettingsOpen(true));
  const nameOf = (each: View) => t(each === "conversations" ? "chats" : each);
  return (
    <div className="frame" data-view={view} data-inside={id !== null}>
      <a className="skip" href="#main" onClick={skip}>
        {t("skipToContent")}
      </a>
      <nav className="rail" aria-label={t("views")}>
        <span className="rail-logo" aria-hidden="true" />
        {VIEWS.map((each) => (
          <a
            key={each}
            className="rail-link"
            href={hashOf(each)}
            title={nameOf(each)}
            aria-current={each === view ? "page" : undefined}
          >
            <Icon name={ICONS[each]} />
            <span>{nameOf(each)}</span>
          </a>
        ))}
        {config.docs !== null && (
          <a
            className="icon-button rail-settings"
            href={config.docs}
            aria-label={t("documentation")}
            title={t("documentation")}
          >
            <Icon name="file" />
          </a>
        )}
        <IconButton
          icon="settings"
          label={t("settings")}
          className={config.docs === null ? "rail-settings" : ""}
          onClick={() => setSettingsOpen(true)}
        />
      </nav>
      <div className="frame-main" id="main" tabIndex={-1}>
        <LineNotice />
        {children}
      </div>
      {isSettingsOpen && (
        <Suspense>
          <SettingsDialog onClose={() => setSettingsOpen(false)} />
        </Suspense>
      )}
    </div>
  );
}

/** The hash is the route, so the link must not change it. */
function skip(event: { preventDefault(): void }) {
  event.preventDefault();
  document.getElementById("main")?.focus();
}

const PATIENCE_MILLISECONDS = 1_500;

/** Says that the page is cut off; a short cut is not worth a word. */
function LineNotice() {
  const { t } = useSpeech();
  const { signIn } = useSession();
  const line = useStore(useWorkspace().line);
  const [isLong, setLong] = useState(false);
  useEffect(() => {
    if (line === "open") return setLong(false);
    const timer = setTimeout(() => setLong(true), PATIENCE_MILLISECONDS);
    return () => clearTimeout(timer);
  }, [line]);
  const words = signIn.state === "refused" ? t("signedOut") : isLong ? t("cutOff") : "";
  return (
    <div className="line-notice" role="status">
      {words}
    </div>
  );
}

function useShortcuts(help: () => void): void {
  useLayoutEffect(() => {
    const press = (event: KeyboardEvent) => {
      const action = viewShortcut(event);
      if (action === null) return;
      event.preventDefault();
      if (action === "help") help();
      else go(action);
    };
    addEventListener("keydown", press);
    return () => removeEventListener("keydown", press);
  }, [help]);
}

import { LANGUAGES, useSpeech, type Key, type Language } from "../i18n/language";
import { VIEWS } from "../navigation/routes";
import { useSession, useViewer } from "../session/session";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { forgetDrafts } from "../workspace/drafts";
import { THEMES, useTheme, type Theme } from "./theme";

const SHORTCUTS: [string, Key][] = [
  [`Alt 1…${VIEWS.length}`, "keyViews"],
  ["/  ·  Ctrl K", "keySearch"],
  ["Alt ↑  ·  Alt ↓", "keyConversations"],
  ["Enter", "keySend"],
  ["Shift Enter", "keyNewLine"],
  ["↑", "keyEditLast"],
  ["Esc", "keyEscape"],
  ["End", "keyNewest"],
  ["?", "keyHelp"],
];

export default function SettingsDialog({ onClose }: { onClose(): void }) {
  const { t, language, setLanguage } = useSpeech();
  const { config, isDemo, signOut } = useSession();
  const { id, user } = useViewer();
  const [theme, setTheme] = useTheme();
  const leave = () => {
    forgetDrafts(id);
    signOut();
  };
  return (
    <Dialog title={t("settings")} onClose={onClose}>
      <p>
        {t(isDemo ? "signedInDemo" : "signedInAs")} <bdi>{user.name}</bdi>
      </p>
      <div className="form form-columns">
        <label>
          {t("language")}
          <select value={language} onChange={(event) => setLanguage(event.target.value as Language)}>
            {Object.entries(LANGUAGES).map(([code, name]) => (
              <option key={code} value={code} lang={code}>
                {name}
              </option>
            ))}
          </select>
        </label>
        <label>
          {t("theme")}
          <select value={theme} onChange={(event) => setTheme(event.target.value as Theme)}>
            {THEMES.map((each) => (
              <option key={each} value={each}>
                {t(`theme_${each}`)}
              </option>
            ))}
          </select>
        </label>
      </div>
      <h3>{t("shortcuts")}</h3>
      <dl className="shortcuts">
        {SHORTCUTS.map(([keys, key]) => (
          <div key={key}>
            <dt>
              <kbd>{keys}</kbd>
            </dt>
            <dd>{t(key)}</dd>
          </div>
        ))}
      </dl>
      <div className="form-buttons">
        {config.docs !== null && (
          <a className="button button-plain" href={config.docs}>
            {t("documentation")}
          </a>
        )}
        <a className="button button-plain" href="/graphql">
          {t("playground")}
        </a>
        {!isDemo && <Button onClick={leave}>{t("signOut")}</Button>}
      </div>
    </Dialog>
  );
}

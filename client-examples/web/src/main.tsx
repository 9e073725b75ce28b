import { Component, StrictMode, type ReactNode } from "react";
import { createRoot } from "react-dom/client";

// The sheets of the views say more than this one, and come after it.
import "./styles/base.css";
import { App } from "./app/App";
import { applyTheme, rememberedTheme } from "./app/theme";
import { firstLanguage, LanguageProvider, loadMessages } from "./i18n/language";
import { loadConfig } from "../../page/config";
import { checkFirst } from "./session/session";

/** Shows in words what kept the page from starting. */
class Boundary extends Component<{ children: ReactNode }, { problem: string | null }> {
  override state = { problem: null };

  static getDerivedStateFromError(error: unknown): { problem: string } {
    return { problem: error instanceof Error ? error.message : String(error) };
  }

  override render(): ReactNode {
    if (this.state.problem === null) return this.props.children;
    return <Notice problem={this.state.problem} />;
  }
}

/** There may be no messages yet, so this speaks English. */
function Notice({ problem }: { problem: string }) {
  return (
    <main className="notice" role="alert">
      <h1>Parley could not start</h1>
      <p>{problem}</p>
      <button type="button" className="button button-primary" onClick={() => location.reload()}>
        Try again
      </button>
    </main>
  );
}

applyTheme(rememberedTheme());
const root = createRoot(document.getElementById("parley")!);
const language = firstLanguage();
const loaded = loadConfig().then((config) => ({ config, checking: checkFirst(config) }));
Promise.all([loaded, loadMessages(language)]).then(
  ([{ config, checking }, messages]) =>
    root.render(
      <StrictMode>
        <Boundary>
          <LanguageProvider language={language} messages={messages}>
            <App config={config} checking={checking} />
          </LanguageProvider>
        </Boundary>
      </StrictMode>,
    ),
  (error: Error) => root.render(<Notice problem={error.message} />),
);

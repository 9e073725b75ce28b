import { Component, lazy, StrictMode, Suspense, type ReactNode } from "react";
import { createRoot } from "react-dom/client";

import { loadConfig } from "../../page/config";
import "./page.css";

// Both start at once: the configuration is here before the editor's code is.
const config = loadConfig();
config.catch(() => {}); // shown by the boundary below
const Playground = lazy(async () => {
  const [{ Playground: View }, values] = await Promise.all([import("./Playground"), config]);
  return { default: () => <View config={values} /> };
});

/** Shows in words what kept the playground from starting. */
class Boundary extends Component<{ children: ReactNode }, { problem: string | null }> {
  override state = { problem: null };

  static getDerivedStateFromError(error: unknown): { problem: string } {
    return { problem: error instanceof Error ? error.message : String(error) };
  }

  override render(): ReactNode {
    if (this.state.problem === null) return this.props.children;
    return (
      <div className="notice" role="alert">
        <h1>The playground could not start</h1>
        <p>{this.state.problem}</p>
        <button type="button" onClick={() => location.reload()}>
          Try again
        </button>
      </div>
    );
  }
}

createRoot(document.getElementById("playground")!).render(
  <StrictMode>
    <Boundary>
      <Suspense fallback={<p className="notice">Loading the playground…</p>}>
        <Playground />
      </Suspense>
    </Boundary>
  </StrictMode>,
);

import { useGraphiQL } from "@graphiql/react";
import { useEffect } from "react";

import { activity, useActivity, type Extensions, type Snapshot } from "./activity";
import { facts } from "./facts";

/** Says how the last operation went, what it cost, and how the server explains it. */
export function ResultFooter() {
  const snapshot = useActivity();
  const tab = useGraphiQL(({ tabs, activeTabIndex }) => tabs[activeTabIndex]?.id);
  useEffect(() => activity.clear(), [tab]); // another tab shows another operation's result
  const { progress } = snapshot;
  if (progress === null) return null;
  const { extensions } = progress;
  return (
    <div className="result" aria-label="Last operation">
      <span className="result-state" data-state={progress.state}>
        {describe(snapshot)}
      </span>
      {extensions && <Details extensions={extensions} />}
    </div>
  );
}

function Details({ extensions }: { extensions: Extensions }) {
  const figures = [...facts("cost", extensions.cost), ...facts("explain", extensions.explain)];
  return (
    <>
      {figures.map(({ label, value }) => (
        <span className="result-fact" key={label}>
          {label} <b>{value}</b>
        </span>
      ))}
      <details>
        <summary>Extensions</summary>
        <pre>{JSON.stringify(extensions, null, 2)}</pre>
      </details>
    </>
  );
}

function describe({ progress, line }: Snapshot): string {
  if (progress === null) return "";
  const { kind, state, results, milliseconds } = progress;
  if (kind === "subscription") {
    const count = results === 1 ? "1 result" : `${results} results`;
    if (state !== "running") return `Subscription ${state}, ${count}`;
    return line === "open" ? `Live, ${count}` : `Connecting…, ${count}`;
  }
  if (state === "failed") return "Failed";
  if (milliseconds === null) return "Running…";
  return `${Math.round(milliseconds)} ms`;
}

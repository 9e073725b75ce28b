import { useGraphiQL } from "@graphiql/react";
import { useEffect } from "react";

import { activity, useActivity, type Extensions, type Snapshot } from "./activity";
import { explaining, useExplaining, type Cost, type Explanation, type Refusal } from "./explain";
import { ExplanationDetails } from "./ExplanationDetails";
import { Fact } from "./Fact";

/** Says how the last operation went, what it cost, and how the server explains it. */
export function ResultFooter() {
  const snapshot = useActivity();
  const tab = useGraphiQL(({ tabs, activeTabIndex }) => tabs[activeTabIndex]?.id);
  useEffect(() => activity.clear(), [tab]); // another tab shows another operation's result
  const { progress } = snapshot;
  return (
    <div className="result" role="group" aria-label="Last operation">
      <ExplainSwitch />
      {progress && (
        <span className="result-state" data-state={progress.state}>
          {describe(snapshot)}
        </span>
      )}
      {progress?.extensions && <Details extensions={progress.extensions} />}
    </div>
  );
}

function ExplainSwitch() {
  const on = useExplaining();
  return (
    <label className="explain-switch" title="Ask the server how it runs each query and mutation">
      <input
        type="checkbox"
        checked={on}
        onChange={(event) => explaining.set(event.target.checked)}
      />
      Explain
    </label>
  );
}

function Details({ extensions }: { extensions: Extensions }) {
  const cost = extensions.cost as Cost | undefined;
  const explain = extensions.explain as Explanation | Refusal | undefined;
  return (
    <>
      {cost && <CostFacts cost={cost} />}
      {explain && "message" in explain && <span role="status">{explain.message}</span>}
      {explain && "statements" in explain && <ExplanationDetails explanation={explain} />}
    </>
  );
}

function CostFacts({ cost: { requested, limit, remaining } }: { cost: Cost }) {
  return (
    <>
      <Fact label="Cost" value={requested} about={`One operation may cost ${limit} at most.`} />
      {remaining !== undefined && (
        <Fact label="Left" value={remaining} about="What you may spend within this minute." />
      )}
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

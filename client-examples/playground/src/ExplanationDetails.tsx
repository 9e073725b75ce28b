import type { Explanation, Statement } from "./explain";
import { Fact } from "./Fact";

/** How the server ran an operation: a line of figures, and what stands behind them. */
export function ExplanationDetails({ explanation }: { explanation: Explanation }) {
  const { milliseconds, statementCount, statements, batchCount } = explanation;
  const rows = statements.reduce((sum, each) => sum + (each.rows ?? 0), 0);
  return (
    <>
      <Fact
        label="Server"
        value={`${milliseconds.toFixed(1)} ms`}
        about="From the parsed request to the result; sending it is not counted."
      />
      <details className="explanation" open>
        <summary>
          {counted(statementCount, "statement", "statements")}
          {statementCount > 0 && `, ${counted(rows, "row", "rows")}`}
          {batchCount > 0 && `; ${counted(batchCount, "batch", "batches")}`}
        </summary>
        <ul className="explanation-notes">
          {notes(explanation).map((note) => (
            <li key={note}>{note}</li>
          ))}
        </ul>
        {statements.map((statement, index) => (
          <StatementDetails key={index} statement={statement} />
        ))}
        {statementCount > statements.length && (
          <p>{statementCount - statements.length} more are not shown.</p>
        )}
      </details>
    </>
  );
}

function StatementDetails({ statement: { sql, rows, milliseconds } }: { statement: Statement }) {
  return (
    <details className="statement">
      <summary>
        <span>{milliseconds.toFixed(2)} ms</span>
        <span>{rows === null ? "" : counted(rows, "row", "rows")}</span>
        <code>{sql.replace(/\s+/g, " ")}</code>
      </summary>
      <pre>{sql.trim()}</pre>
    </details>
  );
}

/** In words: what was compiled or cached, and what the loaders brought together. */
function notes(explanation: Explanation): string[] {
  const { execution, reason, documentCached, credentialCached } = explanation;
  return [
    reason === null ? `Executed by ${execution} code.` : `Executed by ${execution}: ${reason}.`,
    known("document", documentCached, "parsed and validated"),
    known("credential", credentialCached, "looked up"),
    loaders(explanation),
  ].filter((note) => note !== null);
}

function loaders({ batches, batchCount }: Explanation): string | null {
  if (batchCount === 0) return null;
  const named = batches.map(({ loader, keys }) => `${loader} (${counted(keys, "key", "keys")})`);
  const more = batchCount - batches.length;
  return `Loaded together: ${named.join(", ")}${more > 0 ? `, and ${more} more batches` : ""}.`;
}

function known(what: string, isCached: boolean | null, otherwise: string): string | null {
  if (isCached === null) return null;
  return isCached ? `The ${what} was in the cache.` : `The ${what} was ${otherwise}.`;
}

function counted(count: number, one: string, many: string): string {
  return count === 1 ? `1 ${one}` : `${count.toLocaleString("en")} ${many}`;
}

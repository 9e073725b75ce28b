import { useEffect, useLayoutEffect, useRef, useState, type KeyboardEvent } from "react";
import { VList, type VListHandle } from "virtua";

import { useSpeech } from "../i18n/language";
import { Button } from "../ui/Button";
import { longDate } from "../ui/time";
import type { Unsent } from "../workspace/outbox";
import { extentOf, isEnd, type Extent } from "./end";
import { MessageRow } from "./MessageRow";
import type { Row } from "./rows";
import { addedBefore } from "./shift";
import { UnsentRow } from "./UnsentRow";
import type { MessageWindow } from "./window";

/** How many rows from an end the next page is asked for. */
const NEAR = 15;

interface Props {
  window: MessageWindow;
  rows: Row[];
  /** The message that the reader is led to. */
  targetId: string | null;
  /** Or the moment, a DateTime. */
  moment: string | null;
  onOlder(): void;
  onNewer(): void;
  onNewest(): void;
  /** Called with whether the newest message is in sight. */
  onEnd(isAtEnd: boolean): void;
  onChange(unsent: Unsent): void;
}

export function MessageList(props: Props) {
  const { window, rows, targetId, moment, onOlder, onNewer, onNewest, onEnd } = props;
  const { t } = useSpeech();
  const list = useRef<VListHandle>(null);
  const region = useRef<HTMLDivElement>(null);
  // What the list was like when it was last looked at or measured.
  const measured = useRef<Extent | null>(null);
  const sticks = useRef(targetId === null && moment === null);
  const [isAtEnd, setAtEnd] = useState(sticks.current);
  const settled = useRef(false);
  const keys = useKeys(rows);

  const look = () => {
    const handle = list.current;
    const scroller = region.current?.firstElementChild;
    if (!handle || !scroller || !settled.current) return;
    const { scrollOffset, viewportSize } = handle;
    const first = handle.findItemIndex(scrollOffset);
    const last = handle.findItemIndex(scrollOffset + viewportSize);
    if (first < NEAR) onOlder();
    if (last > rows.length - NEAR) onNewer();
    const extent = extentOf(scroller);
    sticks.current = isEnd(scroller.scrollTop, measured.current ?? extent, extent);
    measured.current = extent;
    setAtEnd(sticks.current && !window.hasNewer);
  };
  const toEnd = () => {
    sticks.current = true;
    list.current?.scrollToIndex(rows.length - 1, { align: "end" });
  };
  const resize = () => {
    const scroller = region.current?.firstElementChild;
    if (scroller) measured.current = extentOf(scroller);
    if (sticks.current && !window.hasNewer && settled.current) toEnd();
  };

  useLayoutEffect(() => {
    if (rows.length === 0) return;
    if (settled.current) {
      if (sticks.current && !window.hasNewer) toEnd();
      return;
    }
    const target = placeOf(rows, targetId, moment);
    if (target >= 0) list.current?.scrollToIndex(target, { align: targetId ? "center" : "start" });
    else toEnd();
    settled.current = true;
  }, [rows]);
  // A list that is shorter than its place never scrolls, and may want more all the same.
  useEffect(() => {
    const handle = list.current;
    if (handle && handle.scrollSize <= handle.viewportSize) look();
  }, [rows, window]);
  const isEndSeen = isAtEnd && rows.length > 0;
  useEffect(() => onEnd(isEndSeen), [isEndSeen, onEnd]);

  const press = (event: KeyboardEvent) => {
    if (event.key !== "End" || event.target !== event.currentTarget) return;
    event.preventDefault();
    if (window.hasNewer) onNewest();
    else toEnd();
  };
  return (
    <div ref={region} className="messages" role="region" aria-label={t("messages")} aria-busy={window.loading !== null}>
      <VList
        ref={list}
        className="message-rows"
        data={rows}
        shift={keys.shift}
        bufferSize={600}
        tabIndex={0}
        onScroll={look}
        onResize={resize}
        onKeyDown={press}
      >
        {(row) => (
          <div key={row.key} className="row">
            <RowContent row={row} targetId={targetId} onChange={props.onChange} />
          </div>
        )}
      </VList>
      {(window.hasNewer || !isAtEnd) && rows.length > 0 && (
        <NewestButton rows={rows} hasNewer={window.hasNewer} onPress={window.hasNewer ? onNewest : toEnd} />
      )}
    </div>
  );
}

function RowContent({ row, targetId, onChange }: { row: Row; targetId: string | null; onChange(unsent: Unsent): void }) {
  const { t, locale } = useSpeech();
  switch (row.kind) {
    case "day":
      return (
        <p className="day-line">
          <time dateTime={row.at}>{longDate(row.at, locale)}</time>
        </p>
      );
    case "unread":
      return (
        <p className="unread-line">
          <span>{t("newMessages")}</span>
        </p>
      );
    case "unsent":
      return <UnsentRow unsent={row.unsent} onChange={onChange} />;
    case "message":
      return <MessageRow message={row.message} isFirst={row.isFirst} isTarget={row.key === targetId} />;
  }
}

/** The row to begin at, and -1 for the end. */
function placeOf(rows: Row[], targetId: string | null, moment: string | null): number {
  if (targetId !== null) return rows.findIndex(({ key }) => key === targetId);
  if (moment === null) return -1;
  const later = rows.findIndex(
    (row) => row.kind === "message" && Date.parse(row.message.sentAt) >= Date.parse(moment),
  );
  return rows[later - 1]?.kind === "day" ? later - 1 : later;
}

/** The way back to the end, which says how many messages came while the reader was elsewhere. */
function NewestButton({ rows, hasNewer, onPress }: { rows: Row[]; hasNewer: boolean; onPress(): void }) {
  const { t } = useSpeech();
  const [length] = useState(rows.at(-1)?.key);
  const since = rows.findIndex(({ key }) => key === length);
  const count = hasNewer || since < 0 ? 0 : rows.slice(since + 1).filter(({ kind }) => kind === "message").length;
  return (
    <Button className="newest" icon="down" onClick={onPress}>
      {count > 0 ? t("newMessageCount", { count }) : t("toNewest")}
    </Button>
  );
}

/** Whether rows were added or taken at the beginning since the last time: then the list keeps its place. */
function useKeys(rows: Row[]): { shift: boolean } {
  const known = useRef<{ rows: Row[]; shift: boolean }>({ rows, shift: false });
  if (known.current.rows !== rows) {
    known.current = { rows, shift: addedBefore(known.current.rows, rows) };
  }
  return known.current;
}

import { useEffect, useMemo, useState } from "react";
import { useClient } from "urql";

import {
  SchedulesDocument,
  type ScheduleFieldsFragment,
  type SchedulesQuery,
  type SchedulesQueryVariables,
} from "../generated/graphql";
import { Pages } from "../graphql/pages";
import { useStore } from "../live/stores";

export type Schedule = ScheduleFieldsFragment;

const SIZE = 50;
const MOST_PAGES = 40;

export function useSchedules() {
  const client = useClient();
  const [pages] = useState(
    () =>
      new Pages<SchedulesQuery, SchedulesQueryVariables>(client, SchedulesDocument, {
        most: MOST_PAGES,
      }),
  );
  const snapshot = useStore(pages);
  useEffect(() => {
    pages.start({ first: SIZE });
    return () => pages.stop();
  }, [pages]);
  const schedules = useMemo(
    () => distinct(snapshot.pages.flatMap(({ data }) => (data ? data.schedules.nodes : []))),
    [snapshot.pages],
  );
  const { endCursor, hasNextPage } = snapshot.pages.at(-1)?.data?.schedules.pageInfo ?? {};
  const after = hasNextPage ? (endCursor ?? null) : null;
  return {
    schedules,
    isLoading: snapshot.loading !== null,
    failed: snapshot.error !== null,
    /** Null where there is no more. */
    loadMore: after === null ? null : () => pages.extend({ first: SIZE, after }, "end"),
  };
}

/** Each once: a new one moves others from page to page. The newest first. */
function distinct(schedules: readonly Schedule[]): Schedule[] {
  const known = new Map(schedules.map((each) => [each.id, each]));
  return [...known.values()].sort((one, other) => (one.createdAt < other.createdAt ? 1 : -1));
}

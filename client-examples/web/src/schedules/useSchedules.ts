import { SchedulesDocument, type ScheduleFieldsFragment } from "../generated/graphql";
import { useList, type List } from "../graphql/useList";

export type Schedule = ScheduleFieldsFragment;

const ALL = {};

/** The newest first, one that was made just now as well. */
export function useSchedules(): List<Schedule> {
  const list = useList(SchedulesDocument, ({ schedules }) => schedules, ALL);
  const nodes = list.nodes.sort((one, other) => (one.createdAt < other.createdAt ? 1 : -1));
  return { ...list, nodes };
}

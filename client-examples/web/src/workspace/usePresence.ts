import { useEffect } from "react";

import { useStore } from "../live/stores";
import type { Part, Presence } from "./presence";
import { useWorkspace } from "./workspace";

/** The others in a conversation, whom the viewer meets there while this is used. */
export function usePresence(conversationId: string): Presence {
  return useRoom(conversationId, "present");
}

/** The others in a conversation that the viewer need not have opened. */
export function useWatch(conversationId: string): Presence {
  return useRoom(conversationId, "watching");
}

function useRoom(conversationId: string, part: Part): Presence {
  const room = useWorkspace().rooms.of(conversationId, part);
  useEffect(room.enter, [room]);
  return useStore(room);
}

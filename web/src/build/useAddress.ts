/** The chosen node, and the agent within this one that is open, in the address: so that a link to them can be shared. */
import { useEffect, useRef } from "react";
import { useSearchParams } from "react-router";
import { nodeOf } from "@/graph/edits";
import { useCanvasUi } from "./canvas/ui";
import { chosenNode, useEditor } from "./store";

export function useAddress(isOpen: boolean): void {
  const [search, setSearch] = useSearchParams();
  const node = useEditor(chosenNode);
  const inside = useCanvasUi((state) => state.inside.join("."));
  const isRead = useRef(false);
  const set = useRef(setSearch);
  set.current = setSearch;

  useEffect(() => {
    if (!isOpen || isRead.current) return;
    isRead.current = true;
    const asked = search.get("node");
    if (asked && nodeOf(useEditor.getState().document, asked)) useEditor.getState().select([asked]);
    const within = search.get("inside");
    if (within) useCanvasUi.getState().open({ inside: within.split(".") });
  }, [isOpen, search]);

  useEffect(() => {
    if (!isOpen || !isRead.current) return;
    set.current(
      () => {
        // Not the router's: it is a drawing behind where something else has just changed the address, such as a run that began.
        const now = new URLSearchParams(location.search);
        const next = new URLSearchParams(now);
        for (const [name, value] of [["node", node ?? ""], ["inside", inside]] as const) {
          if (value) next.set(name, value);
          else next.delete(name);
        }
        return next.toString() === now.toString() ? now : next;
      },
      { replace: true },
    );
  }, [isOpen, node, inside]);
}

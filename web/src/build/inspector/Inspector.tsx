/** The panel at the right of the builder: the chosen node, what can be done with several, or the agent itself. */
import { PanelRightClose, PanelRightOpen } from "lucide-react";
import { useEffect, useRef } from "react";
import { useCatalogue } from "@/blocks/blocks";
import { nodeOf } from "@/graph/edits";
import { IconButton } from "@/ui/Button";
import { usePersistent } from "@/ui/usePersistent";
import { chosenNode, useEditor } from "../store";
import { AgentInspector } from "./AgentInspector";
import { LinkInspector } from "./LinkInspector";
import { ManyInspector } from "./ManyInspector";
import { NodeInspector } from "./NodeInspector";

export function Inspector() {
  const { blocks } = useCatalogue();
  const [isOpen, setOpen] = usePersistent("build.inspector", true);
  const selection = useEditor((state) => state.selection);
  const id = useEditor(chosenNode);
  const node = useEditor((state) => nodeOf(state.document, id));
  const isAsked = useEditor((state) => state.focused !== null);
  const panel = useRef<HTMLElement>(null);
  useEffect(() => {
    if (isAsked) setOpen(true);
  }, [isAsked, setOpen]);
  useFocusAsked(panel, isOpen);

  if (!isOpen) {
    return (
      <div data-region="inspector" className="shrink-0 border-l border-line bg-surface p-1">
        <IconButton label="Show the details" icon={<PanelRightOpen className="size-4" aria-hidden />} onClick={() => setOpen(true)} />
      </div>
    );
  }
  const [link] = selection.links;
  return (
    <aside ref={panel} data-region="inspector" aria-label="Details" className="relative flex w-[21rem] shrink-0 flex-col overflow-y-auto border-l border-line bg-surface">
      <IconButton label="Hide the details" isSmall className="absolute top-2 right-2 z-10" icon={<PanelRightClose className="size-4" aria-hidden />} onClick={() => setOpen(false)} />
      {node ? (
        <NodeInspector key={node.id} node={node} blocks={blocks} />
      ) : selection.nodes.size > 1 ? (
        <ManyInspector blocks={blocks} ids={selection.nodes} />
      ) : link && selection.links.size === 1 ? (
        <LinkInspector key={link} id={link} blocks={blocks} />
      ) : (
        <AgentInspector />
      )}
    </aside>
  );
}

const CONTROL = 'input:not([type="hidden"]):not([tabindex="-1"]), textarea, select, button:not([disabled])';

/** Put the keyboard where somebody asked to be: at a field of the chosen node, or at its first one. */
function useFocusAsked(panel: React.RefObject<HTMLElement | null>, isOpen: boolean): void {
  const focused = useEditor((state) => state.focused);
  useEffect(() => {
    if (!focused || !isOpen) return;
    // The field may be drawn by what was just opened for it.
    const frame = requestAnimationFrame(() => {
      const within = panel.current;
      const field = focused.pin === null ? null : within?.querySelector(`[data-field="${CSS.escape(focused.pin)}"]`);
      const control = (field ?? within?.querySelector("[data-fields]") ?? within)?.querySelector<HTMLElement>(CONTROL);
      field?.scrollIntoView({ block: "center" });
      control?.focus();
      useEditor.getState().focus(null);
    });
    return () => cancelAnimationFrame(frame);
  }, [focused, isOpen, panel]);
}

/** What an empty canvas says: how to begin. */
import { Plus } from "lucide-react";
import { Button } from "@/ui/Button";
import { useEditor } from "../store";
import type { Commands } from "./commands";

const INPUT = "c0a8e994-ebf1-4a9c-a4d8-89d09c86741b";

export function Start({ commands }: { commands: Commands }) {
  const isEmpty = useEditor((state) => state.document.nodes.length === 0);
  const isReadOnly = useEditor((state) => state.isReadOnly);
  if (!isEmpty) return null;
  return (
    <div className="pointer-events-none absolute inset-0 z-[5] flex items-center justify-center">
      <div className="pointer-events-auto flex max-w-sm flex-col items-center gap-3 rounded-xl border border-line bg-surface p-6 text-center">
        <h2 className="text-base font-semibold">{isReadOnly ? "This agent is empty" : "Begin with a block"}</h2>
        {isReadOnly ? (
          <p className="text-sm text-muted">You may look at it. Ask an editor to add blocks.</p>
        ) : (
          <>
            <p className="text-sm text-muted">Press Tab or double-click the canvas to find one, or drag one from the left. Link blocks by drawing from one pin to another.</p>
            <div className="flex flex-wrap justify-center gap-2">
              <Button look="primary" icon={<Plus className="size-4" aria-hidden />} onClick={() => commands.quickAdd()}>Add a block</Button>
              <Button onClick={() => commands.add({ blockId: INPUT, inputs: { name: "Input" } })}>Begin with an input</Button>
            </div>
          </>
        )}
      </div>
    </div>
  );
}

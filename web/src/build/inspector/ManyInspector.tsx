/** Several chosen nodes: what can be done with all of them. */
import { Copy, Group, Power, Trash2, Ungroup } from "lucide-react";
import type { Blocks } from "@/blocks/blocks";
import { duplicate } from "@/graph/clip";
import { removeNodes, toggleDisabled, updateNodes } from "@/graph/edits";
import { groupIdOf, groupNodes, ungroupNodes } from "@/graph/groups";
import { titleOf } from "@/graph/pins";
import { Button } from "@/ui/Button";
import { useEditor } from "../store";
import { FailureFields, type FailureSettings } from "./FailureFields";

const SHOWN_MAX = 30;

export function ManyInspector({ ids, blocks }: { ids: ReadonlySet<string>; blocks: Blocks }) {
  const document = useEditor((state) => state.document);
  const { change, select, isReadOnly } = useEditor.getState();
  const nodes = document.nodes.filter((node) => ids.has(node.id));
  const areOff = nodes.every((node) => node.is_disabled === true);
  const isGrouped = nodes.some((node) => groupIdOf(node) !== null);
  const [first] = nodes;
  if (!first) return null;
  // What all of them say stands in the fields; what they say differently is empty, and changing it changes all.
  const common = Object.fromEntries((["retry", "timeout_seconds", "on_error"] as const).map((key) => [key, nodes.every((node) => JSON.stringify(node[key] ?? null) === JSON.stringify(first[key] ?? null)) ? first[key] : undefined])) as FailureSettings;
  const copyAll = () => {
    const copied = duplicate(document, ids, blocks);
    change("Duplicate", () => copied.document, { select: copied.ids });
  };
  return (
    <div className="flex flex-col gap-4 p-4" data-fields>
      <h2 className="pr-8 text-base font-semibold">{nodes.length} nodes</h2>
      {!isReadOnly && (
        <div className="flex flex-wrap gap-2">
          <Button isSmall icon={<Copy className="size-3.5" aria-hidden />} onClick={copyAll}>Duplicate</Button>
          <Button isSmall icon={<Power className="size-3.5" aria-hidden />} onClick={() => change("Switch nodes on or off", (now) => toggleDisabled(now, ids))}>{areOff ? "Switch on" : "Switch off"}</Button>
          <Button isSmall icon={<Group className="size-3.5" aria-hidden />} onClick={() => change("Group", (now) => groupNodes(now, ids))}>Group</Button>
          {isGrouped && <Button isSmall icon={<Ungroup className="size-3.5" aria-hidden />} onClick={() => change("Take a group apart", (now) => ungroupNodes(now, ids))}>Take apart</Button>}
          <Button isSmall look="danger" icon={<Trash2 className="size-3.5" aria-hidden />} onClick={() => change("Delete nodes", (now) => removeNodes(now, ids), { select: [] })}>Delete</Button>
        </div>
      )}
      <FailureFields value={common} isDisabled={isReadOnly} onChange={(part) => change("Change what happens on failure", (now) => updateNodes(now, ids, (node) => ({ ...node, ...part })), { merge: `failure:${[...ids].join()}` })} />
      <ul className="flex flex-col">
        {nodes.slice(0, SHOWN_MAX).map((node) => (
          <li key={node.id}>
            <button type="button" className="w-full truncate rounded px-2 py-1 text-left text-sm hover:bg-sunken" onClick={() => select([node.id])}>{titleOf(node, blocks.get(node.block_id))}</button>
          </li>
        ))}
        {nodes.length > SHOWN_MAX && <li className="px-2 text-sm text-muted">and {nodes.length - SHOWN_MAX} more</li>}
      </ul>
    </div>
  );
}

/** The links of one input pin: from where its value comes, and a choice of where it could come from. */
import { Plus, Unlink } from "lucide-react";
import { useMemo } from "react";
import type { Blocks } from "@/blocks/blocks";
import type { GraphDocument } from "@/graph/document";
import { addLink, newLink, nodeOf, removeLinks } from "@/graph/edits";
import { linksOf } from "@/graph/links";
import { outputPins, titleOf } from "@/graph/pins";
import { pinWords } from "@/graph/words";
import { IconButton } from "@/ui/Button";
import { inputClass } from "@/ui/fields";
import { cx } from "@/ui/classes";
import { isStaticSource, targetsOf } from "../canvas/links";
import { useEditor } from "../store";

export function linksInto(document: GraphDocument, nodeId: string, pin: string) {
  return (linksOf(document).byNode.get(nodeId) ?? []).filter((link) => link.sink_id === nodeId && link.sink_name === pin);
}

type Props = { nodeId: string; pin: string; label: string; blocks: Blocks; isChoosing: boolean; onChosen: () => void };

export function PinLinks({ nodeId, pin, label, blocks, isChoosing, onChosen }: Props) {
  const document = useEditor((state) => state.document);
  const { change, select, isReadOnly } = useEditor.getState();
  const links = linksInto(document, nodeId, pin);
  return (
    <div className="flex flex-col gap-1">
      {links.map((link) => {
        const source = nodeOf(document, link.source_id);
        const from = source && outputPins(source, document, blocks.get(source.block_id)).find((one) => one.name === link.source_name);
        const name = source ? titleOf(source, blocks.get(source.block_id)) : "A node that is gone";
        return (
          <div key={link.id} className="flex items-center gap-1 rounded-md border border-line bg-sunken pl-2">
            <button type="button" className="min-w-0 flex-1 truncate py-1 text-left text-sm hover:underline" onClick={() => source && select([source.id])}>
              <span className="text-muted">From </span>{name}<span className="text-muted"> · {from?.title ?? pinWords(link.source_name)}</span>
            </button>
            {!isReadOnly && <IconButton label={`Take the link of ${label} from ${name} away`} isSmall icon={<Unlink className="size-3.5" aria-hidden />} onClick={() => change("Remove a link", (now) => removeLinks(now, new Set([link.id])))} />}
          </div>
        );
      })}
      {isChoosing && !isReadOnly && <Choice nodeId={nodeId} pin={pin} label={label} blocks={blocks} document={document} onChosen={onChosen} isMore={links.length > 0} />}
    </div>
  );
}

function Choice({ nodeId, pin, label, blocks, document, onChosen, isMore }: Omit<Props, "isChoosing"> & { document: GraphDocument; isMore: boolean }) {
  const targets = useMemo(() => targetsOf(document, blocks, { nodeId, side: "input", pin }).filter((one) => one.node.id !== nodeId), [document, blocks, nodeId, pin]);
  const byNode = new Map<string, typeof targets>();
  for (const one of targets) byNode.set(one.node.id, [...(byNode.get(one.node.id) ?? []), one]);
  const link = (value: string) => {
    const [id, name] = JSON.parse(value) as [string, string];
    useEditor.getState().change("Link", (now) => addLink(now, newLink({ source_id: id, source_name: name, sink_id: nodeId, sink_name: pin }, isStaticSource(now, blocks, id))));
    onChosen();
  };
  if (targets.length === 0) return <p className="text-xs text-muted">No other node gives what fits here. Add one first: press Tab on the canvas.</p>;
  return (
    <label className="flex items-center gap-1 text-xs text-muted">
      <Plus className="size-3.5 shrink-0" aria-hidden />
      <select aria-label={`Link ${label} from`} className={cx(inputClass, "h-8 flex-1")} value="" onChange={(event) => event.target.value && link(event.target.value)}>
        <option value="">{isMore ? "Another link from…" : "Link from…"}</option>
        {[...byNode.values()].map((outputs) => outputs[0] && (
          <optgroup key={outputs[0].node.id} label={titleOf(outputs[0].node, blocks.get(outputs[0].node.block_id))}>
            {outputs.map((one) => (
              <option key={one.pin.name} value={JSON.stringify([one.node.id, one.pin.name])}>{one.pin.title}{one.fit.reason ? " (converted)" : ""}</option>
            ))}
          </optgroup>
        ))}
      </select>
    </label>
  );
}

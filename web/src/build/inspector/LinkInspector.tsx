/** The chosen link: from where to where, what becomes of its values, and a way to take it away. */
import { ArrowDown, Unlink } from "lucide-react";
import type { Blocks } from "@/blocks/blocks";
import { nodeOf, removeLinks } from "@/graph/edits";
import { inputPins, outputPins, titleOf } from "@/graph/pins";
import { TYPE_WORDS } from "@/graph/words";
import { Button } from "@/ui/Button";
import { fitOf } from "../canvas/links";
import { useEditor } from "../store";

export function LinkInspector({ id, blocks }: { id: string; blocks: Blocks }) {
  const document = useEditor((state) => state.document);
  const { change, select, isReadOnly } = useEditor.getState();
  const link = document.links.find((one) => one.id === id);
  const [source, sink] = [nodeOf(document, link?.source_id), nodeOf(document, link?.sink_id)];
  if (!link || !source || !sink) return null;
  const from = outputPins(source, document, blocks.get(source.block_id)).find((pin) => pin.name === link.source_name);
  const to = inputPins(sink, document, blocks.get(sink.block_id)).find((pin) => pin.name === link.sink_name);
  const fit = fitOf(document, blocks, link, link.id);
  return (
    <div className="flex flex-col gap-3 p-4" data-fields>
      <h2 className="pr-8 text-base font-semibold">Link</h2>
      <div className="flex flex-col gap-1 text-sm">
        <button type="button" className="rounded-md border border-line px-3 py-2 text-left hover:bg-sunken" onClick={() => select([source.id])}>
          <span className="block font-medium break-words">{titleOf(source, blocks.get(source.block_id))}</span>
          <span className="text-muted">{from?.title ?? link.source_name}{from ? `, ${TYPE_WORDS[from.type]}` : ""}</span>
        </button>
        <ArrowDown className="mx-auto size-4 text-muted" aria-label="to" />
        <button type="button" className="rounded-md border border-line px-3 py-2 text-left hover:bg-sunken" onClick={() => select([sink.id])}>
          <span className="block font-medium break-words">{titleOf(sink, blocks.get(sink.block_id))}</span>
          <span className="text-muted">{to?.title ?? link.sink_name}{to ? `, ${TYPE_WORDS[to.type]}` : ""}</span>
        </button>
      </div>
      {fit.reason && <p className={`text-sm ${fit.isOk ? "text-muted" : "text-danger"}`}>{fit.reason}</p>}
      {link.is_static && <p className="text-sm text-muted">Its value stays: it is given again each time that the node runs.</p>}
      {!isReadOnly && <Button className="self-start" icon={<Unlink className="size-4" aria-hidden />} onClick={() => change("Remove a link", (now) => removeLinks(now, new Set([id])), { select: [] })}>Take the link away</Button>}
    </div>
  );
}

/** What a block does, takes, gives and declares to cost: its documentation, from the palette. */
import { useMemo } from "react";
import { BlockExamples } from "@/blocks/BlockExamples";
import { useCatalogue } from "@/blocks/blocks";
import { newNode } from "@/graph/edits";
import { inputPins, outputPins, type Pin } from "@/graph/pins";
import { blockTitle, TYPE_WORDS } from "@/graph/words";
import { costWords } from "@/market/needs";
import { Dialog } from "@/ui/Dialog";
import { Badge } from "@/ui/Status";
import { Failed, Loading } from "@/ui/states";
import { Words } from "@/ui/Words";

const NOWHERE = { id: "", name: "", nodes: [], links: [] };

export default function BlockDocs({ uuid, onClose }: { uuid: string; onClose: () => void }) {
  const { blocks, errors } = useCatalogue();
  const block = blocks.get(uuid);
  const [inputs, outputs] = useMemo(() => {
    if (!block) return [[], []];
    const node = newNode(block.uuid, { x: 0, y: 0 });
    return [inputPins(node, NOWHERE, block), outputPins(node, NOWHERE, block)];
  }, [block]);
  return (
    <Dialog isOpen onClose={onClose} title={block ? blockTitle(block) : "Block"}>
      <Failed errors={errors} />
      {!block && errors.length === 0 && <Loading text="Reading the blocks" />}
      {block && (
        <div role="group" aria-label="About this block" tabIndex={0} className="flex flex-col gap-3 text-sm">
          <p className="break-words whitespace-pre-line"><Words text={block.description} /></p>
          {block.disabledReason && <p className="text-warn">{block.disabledReason}</p>}
          {block.isSensitive && <p className="text-warn">It does what cannot be undone, or what others see. An agent can ask a person before it.</p>}
          {block.costs.length > 0 && <p className="text-muted">It declares to cost {block.costs.slice(0, 3).map(costWords).join(", or ")}.</p>}
          <Pins title="Takes" pins={inputs} />
          <Pins title="Gives" pins={outputs} />
          <BlockExamples block={block} />
        </div>
      )}
    </Dialog>
  );
}

function Pins({ title, pins }: { title: string; pins: Pin[] }) {
  const shown = pins.filter((pin) => !pin.isHidden);
  if (shown.length === 0) return null;
  return (
    <section aria-label={title}>
      <h3 className="mb-1 font-semibold">{title}</h3>
      <dl className="flex flex-col gap-1.5">
        {shown.map((pin) => (
          <div key={pin.name}>
            <dt className="flex flex-wrap items-center gap-1.5">
              <span className="font-medium break-words">{pin.title}</span>
              <Badge>{pin.isCredential ? "credential" : TYPE_WORDS[pin.type]}</Badge>
              {pin.isRequired && <Badge tone="accent">needed</Badge>}
            </dt>
            {pin.schema.description && <dd className="break-words text-muted"><Words text={pin.schema.description} /></dd>}
          </div>
        ))}
      </dl>
    </section>
  );
}

/** What a block does, what it takes and gives, and what it costs: below the palette. */
import { X } from "lucide-react";
import { useMemo } from "react";
import { BlockExamples } from "@/blocks/BlockExamples";
import { AGENT_BLOCK, type BlockCost } from "@/blocks/blocks";
import { IconButton } from "@/ui/Button";
import { Words } from "@/ui/Words";
import { newNode } from "@/graph/edits";
import { colourOf, inputPins, outputPins, type Pin } from "@/graph/pins";
import { TYPE_WORDS } from "@/graph/words";
import type { Offer } from "./offers";

const NOWHERE = { id: "", name: "", nodes: [], links: [] };

export function OfferDocs({ offer, close }: { offer: Offer; close: () => void }) {
  const [inputs, outputs] = useMemo(() => {
    const node = newNode(offer.block.uuid, { x: 0, y: 0 }, offer.inputs);
    return [inputPins(node, NOWHERE, offer.block), outputPins(node, NOWHERE, offer.block)];
  }, [offer]);
  return (
    <section aria-label={`About ${offer.title}`} tabIndex={0} className="max-h-[45%] shrink-0 overflow-y-auto border-t border-line p-2.5 text-xs">
      <div className="flex items-start gap-1">
        <h2 className="min-w-0 flex-1 text-sm font-semibold break-words">{offer.title}</h2>
        <IconButton label="Close this text" isSmall icon={<X className="size-3.5" aria-hidden />} onClick={close} />
      </div>
      <p className="mt-1 whitespace-pre-line text-muted"><Words text={offer.description} /></p>
      {offer.why && <p className="mt-1 text-warn">{offer.why}</p>}
      {offer.block.isSensitive && <p className="mt-1 text-warn">It does what cannot be undone, or what others see.</p>}
      {offer.block.costs.length > 0 && <p className="mt-1">{offer.block.costs.map(costWords).join("; ")}</p>}
      <Pins title="Takes" pins={inputs} />
      <Pins title="Gives" pins={outputs} />
      {offer.block.uuid !== AGENT_BLOCK && <BlockExamples block={offer.block} />}
    </section>
  );
}

function Pins({ title, pins }: { title: string; pins: Pin[] }) {
  const shown = pins.filter((pin) => !pin.isHidden);
  if (shown.length === 0) return null;
  return (
    <>
      <h3 className="mt-2 font-semibold">{title}</h3>
      <ul>
        {shown.map((pin) => (
          <li key={pin.name} className="mt-0.5 break-words">
            <span className="mr-1 inline-block size-2 rounded-full" style={{ background: colourOf(pin.type) }} />
            <span className="font-medium">{pin.title}</span>
            <span className="text-muted">{pin.isCredential ? " (a credential)" : ` (${TYPE_WORDS[pin.type]})`}{pin.isRequired ? ", needed" : ""}</span>
            {pin.schema.description && <span className="text-muted">: <Words text={pin.schema.description} /></span>}
          </li>
        ))}
      </ul>
    </>
  );
}

const UNITS: Record<string, string> = { RUN: "each time it runs", BYTE: "byte", SECOND: "second", ITEMS: "item", COST_USD: "dollar that the provider charges", TOKENS: "token" };

function costWords({ amount, type, divisor }: BlockCost): string {
  const credits = amount === 1 ? "1 credit" : `${amount} credits`;
  if (type === "RUN") return `${credits} ${UNITS.RUN}`;
  return `${credits} for each ${divisor > 1 ? `${divisor} ${UNITS[type] ?? type}s` : (UNITS[type] ?? type)}`;
}

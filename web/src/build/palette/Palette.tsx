/** The blocks at the left: by search, by category, what was used last, the organisation's own agents, and the marketplace; with what each does. */
import { ChevronDown, ChevronRight, PanelLeftClose, PanelLeftOpen } from "lucide-react";
import { type ReactNode, useDeferredValue, useMemo, useState } from "react";
import type { Blocks } from "@/blocks/blocks";
import { IconButton } from "@/ui/Button";
import { cx } from "@/ui/classes";
import { usePersistent } from "@/ui/usePersistent";
import { categoryWords } from "@/graph/words";
import { useEditor } from "../store";
import { OfferDocs } from "./OfferDocs";
import { blockOffers, type Offer, offerOf, recentBlocks, searchAgents, useAgentOffers } from "./offers";
import { MarketRows } from "./MarketRows";
import { PaletteRow } from "./PaletteRow";

const FOUND_MAX = 80;

export function Palette({ blocks }: { blocks: Blocks }) {
  const [isOpen, setOpen] = usePersistent("palette", true);
  const isReadOnly = useEditor((state) => state.isReadOnly);
  if (isReadOnly) return null;
  if (!isOpen) {
    return (
      <div className="shrink-0 border-r border-line bg-surface p-1" data-region="palette">
        <IconButton label="Show the blocks" icon={<PanelLeftOpen className="size-4" aria-hidden />} onClick={() => setOpen(true)} />
      </div>
    );
  }
  return <Open blocks={blocks} close={() => setOpen(false)} />;
}

function Open({ blocks, close }: { blocks: Blocks; close: () => void }) {
  const [query, setQuery] = useState("");
  const asked = useDeferredValue(query.trim());
  const [shown, setShown] = useState<Offer | null>(null);
  return (
    <aside aria-label="Blocks" data-region="palette" className="flex w-56 shrink-0 flex-col border-r border-line bg-surface">
      <div className="flex items-center gap-1 p-2">
        <input type="search" aria-label="Search blocks" placeholder="Search blocks" value={query} onChange={(event) => setQuery(event.target.value)} className="h-8 min-w-0 flex-1 rounded-md border border-line-strong bg-surface px-2 text-sm placeholder:text-muted" />
        <IconButton label="Hide the blocks" isSmall icon={<PanelLeftClose className="size-4" aria-hidden />} onClick={close} />
      </div>
      <div className="min-h-0 flex-1 overflow-y-auto px-1 pb-2">
        {asked ? <Results blocks={blocks} query={asked} onShow={setShown} /> : <Sections blocks={blocks} onShow={setShown} />}
      </div>
      {shown && <OfferDocs offer={shown} close={() => setShown(null)} />}
    </aside>
  );
}

type Shows = { onShow: (offer: Offer) => void };

function Results({ blocks, query, onShow }: { blocks: Blocks; query: string } & Shows) {
  const { agents } = useAgentOffers(blocks);
  const found = useMemo(() => [...searchAgents(agents, query), ...blockOffers(blocks, query)], [agents, blocks, query]);
  return (
    <>
      {found.length === 0 ? (
        <p role="status" className="px-2 py-3 text-sm text-muted">No block fits these words. Try fewer of them.</p>
      ) : (
        <p role="status" className="px-2 py-1 text-xs text-muted">{found.length === 1 ? "1 block" : `${found.length} blocks`}</p>
      )}
      <Rows offers={found.slice(0, FOUND_MAX)} onShow={onShow} />
      {found.length > FOUND_MAX && <p className="px-2 py-1 text-xs text-muted">Type more to see the other {found.length - FOUND_MAX}.</p>}
      <MarketRows blocks={blocks} query={query} />
    </>
  );
}

function Sections({ blocks, onShow }: { blocks: Blocks } & Shows) {
  const { agents, isLoading } = useAgentOffers(blocks);
  const size = useEditor((state) => state.document.nodes.length);
  // What was added last changes with each node that is added.
  const recent = useMemo(() => recentBlocks().flatMap((id) => blocks.get(id) ?? []).map(offerOf), [blocks, size]);
  const categories = useMemo(() => byCategory(blocks), [blocks]);
  return (
    <>
      {recent.length > 0 && <Section title="Recent" count={recent.length} isOpenAtFirst>{<Rows offers={recent} onShow={onShow} />}</Section>}
      <Section title="Your agents" count={agents.length}>
        {agents.length > 0 ? <Rows offers={agents} onShow={onShow} /> : <p className="px-2 py-1 text-xs text-muted">{isLoading ? "Loading" : "Publish another agent, and it can be a node here."}</p>}
      </Section>
      {categories.map(([category, offers]) => (
        <Section key={category} title={categoryWords(category)} count={offers.length} isOpenAtFirst={category === "BASIC"}>
          <Rows offers={offers} onShow={onShow} />
        </Section>
      ))}
    </>
  );
}

/** Inputs, outputs and what every agent needs first; then by name. A block stands in each of its categories. */
const FIRST = ["INPUT", "OUTPUT", "BASIC", "AI", "LOGIC", "TEXT", "DATA"];

function byCategory(blocks: Blocks): [string, Offer[]][] {
  const found = new Map<string, Offer[]>();
  for (const offer of blockOffers(blocks, "")) {
    for (const category of offer.block.categories.length > 0 ? offer.block.categories : ["OTHER"]) {
      const offers = found.get(category);
      if (offers) offers.push(offer);
      else found.set(category, [offer]);
    }
  }
  const place = (name: string) => (FIRST.includes(name) ? FIRST.indexOf(name) : FIRST.length);
  return [...found].sort(([one], [other]) => place(one) - place(other) || one.localeCompare(other));
}

function Section({ title, count, isOpenAtFirst = false, children }: { title: string; count: number; isOpenAtFirst?: boolean; children: ReactNode }) {
  const [isOpen, setOpen] = usePersistent(`palette.${title}`, isOpenAtFirst);
  const Icon = isOpen ? ChevronDown : ChevronRight;
  return (
    <section>
      <h2>
        <button type="button" aria-expanded={isOpen} className="flex w-full items-center gap-1 rounded-md px-1.5 py-1 text-left text-xs font-semibold text-muted hover:bg-sunken" onClick={() => setOpen(!isOpen)}>
          <Icon className="size-3.5" aria-hidden />
          <span className="flex-1">{title}</span>
          <span className="font-normal">{count}</span>
        </button>
      </h2>
      {isOpen && children}
    </section>
  );
}

function Rows({ offers, onShow }: { offers: Offer[] } & Shows) {
  return (
    <ul className={cx("flex flex-col")}>
      {offers.map((offer) => (
        <PaletteRow key={offer.key} offer={offer} onShow={onShow} />
      ))}
    </ul>
  );
}

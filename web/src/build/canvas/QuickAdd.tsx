/** A field that finds a block by its name and adds it: by Tab, by a double click, from a pin, or into a link. There it offers only what fits. */
import { useDeferredValue, useEffect, useMemo, useRef, useState } from "react";
import type { Blocks } from "@/blocks/blocks";
import { iconOf } from "@/canvas/categories";
import { cx } from "@/ui/classes";
import { newNode, nodeOf } from "@/graph/edits";
import { colourOf } from "@/graph/pins";
import { blockOffers, type Offer, recentBlocks, rememberBlock, searchAgents, useAgentOffers } from "../palette/offers";
import { useEditor } from "../store";
import type { Commands } from "./commands";
import { matches, type Match, schemaOf } from "./links";
import { type QuickAddRequest, useCanvasUi } from "./ui";

const WIDTH = 380;
const HEIGHT = 420;
const SHOWN_MAX = 60;

type Found = { offer: Offer; match: Match | null };

export function QuickAdd({ commands, blocks }: { commands: Commands; blocks: Blocks }) {
  const request = useCanvasUi((state) => state.quickAdd);
  return request ? <Finder key={`${request.at.x}:${request.at.y}`} request={request} commands={commands} blocks={blocks} /> : null;
}

function Finder({ request, commands, blocks }: { request: QuickAddRequest; commands: Commands; blocks: Blocks }) {
  const [query, setQuery] = useState("");
  const [at, setAt] = useState(0);
  const asked = useDeferredValue(query);
  const found = useFound(request, blocks, asked);
  const shown = found.slice(0, SHOWN_MAX);
  const chosen = Math.min(at, Math.max(0, shown.length - 1));
  const panel = useRef<HTMLDivElement>(null);
  const close = () => useCanvasUi.getState().open({ quickAdd: null });

  useEffect(() => {
    const away = (event: PointerEvent) => !panel.current?.contains(event.target as Element) && close();
    document.addEventListener("pointerdown", away);
    return () => document.removeEventListener("pointerdown", away);
  }, []);
  useEffect(() => {
    document.getElementById(`quick-add-${chosen}`)?.scrollIntoView({ block: "nearest" });
  }, [chosen]);

  const insert = ({ offer }: Found) => {
    close();
    rememberBlock(offer);
    commands.add({ blockId: offer.block.uuid, inputs: offer.inputs }, request);
  };
  const onKey = (event: React.KeyboardEvent) => {
    event.stopPropagation();
    const steps: Record<string, number> = { ArrowDown: 1, ArrowUp: -1, PageDown: 8, PageUp: -8 };
    const step = steps[event.key];
    if (step !== undefined) {
      event.preventDefault();
      setAt(Math.max(0, Math.min(shown.length - 1, chosen + step)));
    } else if (event.key === "Enter") {
      event.preventDefault();
      const one = shown[chosen];
      if (one) insert(one);
    } else if (event.key === "Escape" || event.key === "Tab") {
      event.preventDefault();
      close();
      // Back to where one was: on the node whose pin was meant, or on the canvas.
      if (request.from) commands.focusNode(request.from.nodeId);
      else commands.refocus();
    }
  };
  const left = Math.max(8, Math.min(request.at.x, window.innerWidth - WIDTH - 8));
  const top = Math.max(8, Math.min(request.at.y, window.innerHeight - HEIGHT - 8));
  return (
    <div ref={panel} role="dialog" aria-label="Add a block" className="fixed z-50 flex flex-col overflow-hidden rounded-xl border border-line bg-raised shadow-2xl" style={{ left, top, width: WIDTH, maxHeight: HEIGHT }}>
      <input
        autoFocus
        role="combobox"
        aria-expanded
        aria-controls="quick-add-list"
        aria-activedescendant={shown.length > 0 ? `quick-add-${chosen}` : undefined}
        aria-label="Find a block"
        placeholder={placeholderOf(request)}
        value={query}
        onChange={(event) => { setQuery(event.target.value); setAt(0); }}
        onKeyDown={onKey}
        className="h-11 shrink-0 border-b border-line bg-transparent px-3 text-sm outline-none placeholder:text-muted"
      />
      <ul id="quick-add-list" role="listbox" aria-label="Blocks" className="min-h-0 flex-1 overflow-y-auto p-1">
        {shown.map((one, index) => (
          <Line key={one.offer.key} id={`quick-add-${index}`} found={one} isChosen={index === chosen} onChoose={() => insert(one)} onPoint={() => setAt(index)} />
        ))}
      </ul>
      {shown.length === 0 && <p role="status" className="px-3 py-4 text-sm text-muted">{query ? "No block fits these words. Try fewer of them." : "No block fits this pin."}</p>}
      {found.length > SHOWN_MAX && <p className="border-t border-line px-3 py-1.5 text-xs text-muted">{found.length - SHOWN_MAX} more. Type to find them.</p>}
    </div>
  );
}

function placeholderOf({ from, onLink }: QuickAddRequest): string {
  if (onLink) return "Find a block that fits into this link";
  if (from) return from.side === "output" ? "Find a block that takes this value" : "Find a block that gives this value";
  return "Find a block or an agent";
}

function Line({ id, found: { offer, match }, isChosen, onChoose, onPoint }: { id: string; found: Found; isChosen: boolean; onChoose: () => void; onPoint: () => void }) {
  const Icon = iconOf(offer.block);
  return (
    <li id={id} role="option" aria-selected={isChosen} className={cx("flex cursor-pointer items-center gap-2.5 rounded-md px-2 py-1.5", isChosen && "bg-accent-soft")} onClick={onChoose} onPointerMove={onPoint}>
      <Icon className="size-4 shrink-0 text-accent" aria-hidden />
      <span className="min-w-0 flex-1">
        <span className="block truncate text-sm font-medium">{offer.title}</span>
        <span className={cx("block truncate text-xs", offer.why ? "text-warn" : "text-muted")}>{offer.why ?? offer.description.split("\n")[0]}</span>
      </span>
      {match && (
        <span className="flex max-w-28 shrink-0 items-center gap-1 text-xs text-muted" title={match.fit.reason}>
          <span className="size-2 shrink-0 rounded-full" style={{ background: colourOf(match.pin.type) }} />
          <span className="truncate">{match.pin.title}</span>
        </span>
      )}
    </li>
  );
}

/** What is offered: agents and blocks that fit what is asked, the best first; without words what was used last goes first. */
function useFound(request: QuickAddRequest, blocks: Blocks, query: string): Found[] {
  const { agents } = useAgentOffers(blocks);
  return useMemo(() => {
    const recent = query ? [] : recentBlocks();
    const place = (offer: Offer) => (recent.includes(offer.key) ? recent.indexOf(offer.key) : recent.length);
    const offers = [...blockOffers(blocks, query)].sort((one, other) => place(one) - place(other));
    const mine = searchAgents(agents, query);
    const all = query ? [...offers.slice(0, 3), ...mine, ...offers.slice(3)] : [...offers, ...mine];
    return fitting(all, request, blocks);
  }, [agents, blocks, query, request]);
}

function fitting(offers: Offer[], { from, onLink }: QuickAddRequest, blocks: Blocks): Found[] {
  const { document } = useEditor.getState();
  const link = document.links.find((one) => one.id === onLink);
  const [source, sink] = link ? [nodeOf(document, link.source_id), nodeOf(document, link.sink_id)] : [];
  const origin = from && nodeOf(document, from.nodeId);
  const best = (offer: Offer): Match | null | false => {
    const node = newNode(offer.block.uuid, { x: 0, y: 0 }, offer.inputs);
    if (link && source && sink) {
      const [input] = matches(node, offer.block, "input", schemaOf(source, document, blocks, "output", link.source_name), link.source_name);
      const [output] = matches(node, offer.block, "output", schemaOf(sink, document, blocks, "input", link.sink_name), link.sink_name);
      return input && output ? input : false;
    }
    if (!from || !origin) return null;
    return matches(node, offer.block, from.side === "output" ? "input" : "output", schemaOf(origin, document, blocks, from.side, from.pin), from.pin)[0] ?? false;
  };
  const found = offers.flatMap((offer) => {
    // A note is for people: no link leads to it.
    if ((from || link) && offer.block.kind === "NOTE") return [];
    const match = best(offer);
    return match === false ? [] : [{ offer, match }];
  });
  // A pin of the same type is more likely meant than one that takes anything.
  return from || link ? found.sort((one, other) => tier(other) - tier(one)) : found;
}

const tier = ({ match, offer }: Found): number => (offer.why ? -2 : 0) + (match && match.rank >= 4 ? 1 : 0) - (match?.fit.reason ? 1 : 0);

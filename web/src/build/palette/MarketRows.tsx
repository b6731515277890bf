/** Agents of the marketplace that fit what is searched for: chosen, one says what it needs before it is added and put on the canvas. */
import { Store } from "lucide-react";
import { lazy, Suspense, useState } from "react";
import { useQuery } from "urql";
import { AGENT_BLOCK, type Blocks } from "@/blocks/blocks";
import { useSettled } from "@/runs/useSettled";
import { useEditor } from "../store";
import { OfferedListingsDocument, type OfferedListingsQuery } from "./palette.generated";

const MarketDialog = lazy(() => import("./MarketDialog"));

export type Listing = OfferedListingsQuery["listings"]["nodes"][number];

/** The marketplace is asked where typing has rested: it is not in this browser, as the blocks are. */
const REST_MS = 250;

export function MarketRows({ blocks, query }: { blocks: Blocks; query: string }) {
  const asked = useSettled(query, REST_MS);
  const open = useEditor((state) => state.agentId);
  const [{ data }] = useQuery({ query: OfferedListingsDocument, variables: { search: asked } });
  const [chosen, setChosen] = useState<Listing | null>(null);
  const block = blocks.get(AGENT_BLOCK);
  // One's own stand among one's agents.
  const found = (data?.listings.nodes ?? []).filter((one) => one.active && one.creator && !one.isOwn && one.graphId !== open);
  if (!block || found.length === 0) return null;
  return (
    <section aria-label="From the marketplace">
      <h2 className="px-2 pt-2 pb-1 text-xs font-semibold text-muted">From the marketplace</h2>
      <ul>
        {found.map((one) => (
          <li key={one.id} className="rounded-md hover:bg-sunken">
            <button type="button" title={one.active?.subheading} className="flex w-full min-w-0 items-center gap-2 px-2 py-1 text-left text-sm" onClick={() => setChosen(one)}>
              <Store className="size-4 shrink-0 text-accent" aria-hidden />
              <span className="min-w-0">
                <span className="block truncate">{one.active?.name}</span>
                <span className="block truncate text-xs text-muted">by {one.creator?.name}</span>
              </span>
            </button>
          </li>
        ))}
      </ul>
      {chosen && (
        <Suspense fallback={null}>
          <MarketDialog listing={chosen} block={block} close={() => setChosen(null)} />
        </Suspense>
      )}
    </section>
  );
}

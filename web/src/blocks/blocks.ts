/** The catalogue of blocks: read once per page load, page by page, and kept for every screen. */
import { useEffect, useSyncExternalStore } from "react";
import { type Client, type OperationResult, useClient } from "urql";
import { type Told, told } from "@/data/errors";
import type { BlockKind } from "@/data/schema.generated";
import type { JsonObject, Schema } from "@/graph/document";
import { CatalogueDocument, type CatalogueQuery } from "./blocks.generated";

export type BlockCost = { amount: number; type: string; filter: JsonObject; divisor: number };

export type BlockSpec = {
  id: string;
  uuid: string;
  name: string;
  description: string;
  categories: string[];
  kind: BlockKind;
  inputSchema: Schema;
  outputSchema: Schema;
  isStatic: boolean;
  /** False: known by name only; its nodes are kept and do not run. */
  isInstalled: boolean;
  disabledReason: string | null;
  isSensitive: boolean;
  costs: BlockCost[];
};

export type Blocks = ReadonlyMap<string, BlockSpec>;
export type Catalogue = { blocks: Blocks; isComplete: boolean; errors: Told[] };

/** The block that runs another agent; its node's inputs and outputs are that agent's. */
export const AGENT_BLOCK = "e189baac-8c20-45a1-94a7-55177ea42565";

let catalogue: Catalogue = { blocks: new Map(), isComplete: false, errors: [] };
let isReading = false;
const listeners = new Set<() => void>();

function tell(next: Catalogue): void {
  catalogue = next;
  for (const listener of listeners) listener();
}

async function read(client: Client): Promise<void> {
  isReading = true;
  const blocks = new Map(catalogue.blocks);
  try {
    let after: string | null = null;
    for (let hasMore = true; hasMore; ) {
      const answer: OperationResult<CatalogueQuery> = await client.query(CatalogueDocument, { after }, { requestPolicy: "network-only" }).toPromise();
      const page = answer.data?.blocks;
      if (answer.error || !page) {
        tell({ blocks, isComplete: false, errors: answer.error ? told(answer.error) : [] });
        return;
      }
      for (const one of page.nodes) blocks.set(one.uuid, one as BlockSpec);
      hasMore = page.pageInfo.hasNextPage;
      after = page.pageInfo.endCursor ?? null;
      // One telling at the end: each would draw the whole canvas anew.
    }
    tell({ blocks, isComplete: true, errors: [] });
  } finally {
    isReading = false;
  }
}

/** All blocks by their `uuid`, the `block_id` of nodes. Where reading failed, `errors` says why; `readCatalogueAgain` tries again. */
export function useCatalogue(): Catalogue {
  const client = useClient();
  useEffect(() => {
    if (!catalogue.isComplete && !isReading) void read(client);
  }, [client]);
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => catalogue,
  );
}

export function readCatalogueAgain(client: Client): void {
  if (!isReading) void read(client);
}

/** What the agent remembers for this person between runs, and how to have it forget. */
import { useState } from "react";
import { Link } from "react-router";
import { ago } from "@/data/times";
import { useChange } from "@/data/useChange";
import { useConnection } from "@/data/useConnection";
import { useMay } from "@/shell/viewer";
import { Button } from "@/ui/Button";
import { Confirm } from "@/ui/Dialog";
import { Card } from "@/ui/Page";
import { Failed, Loading } from "@/ui/states";
import { More } from "@/ui/Table";
import { ValueView } from "@/values/ValueView";
import { LibraryForgetDocument, LibraryMemoriesDocument } from "./memories.generated";

export function AgentMemories({ agentId }: { agentId: string }) {
  const canWrite = useMay()("library:write");
  const [doomed, setDoomed] = useState<string | null>(null);
  const [forget] = useChange(LibraryForgetDocument);
  const list = useConnection(LibraryMemoriesDocument, { graphId: agentId }, (data) => data.memories, { size: 20 });
  return (
    <Card title="What it remembers for you">
      <Failed errors={list.errors} retry={list.refresh} />
      {list.isFirst && list.errors.length === 0 && <Loading />}
      {!list.isFirst && list.items.length === 0 && <p className="text-sm text-muted">Nothing. Nodes that keep a value under a key fill this list.</p>}
      {list.items.length > 0 && (
        <ul className="flex flex-col divide-y divide-line">
          {list.items.map((one) => (
            <li key={one.key} className="flex flex-col gap-1 py-2">
              <div className="flex flex-wrap items-center gap-2">
                <h3 className="min-w-0 flex-1 text-sm font-medium break-words">{one.key}</h3>
                <span className="text-xs text-muted">
                  {ago(one.updatedAt)}
                  {one.runId && <>, by <Link className="underline" to={`/runs/${one.runId}`}>a run</Link></>}
                </span>
                <Button isSmall disabled={!canWrite} onClick={() => setDoomed(one.key)} aria-label={`Forget ${one.key}`}>Forget</Button>
              </div>
              <ValueView value={one.value} isCompact />
            </li>
          ))}
        </ul>
      )}
      <More hasMore={list.hasMore} isLoading={list.isLoading} more={list.more} />
      <Confirm
        isOpen={doomed !== null}
        onClose={() => setDoomed(null)}
        title={`Forget “${doomed ?? ""}”?`}
        text="Later runs begin without it. This cannot be taken back."
        action="Forget it"
        act={async () => {
          if (doomed === null) return;
          await forget({ input: { graphId: agentId, key: doomed } });
          list.refresh();
        }}
      />
    </Card>
  );
}

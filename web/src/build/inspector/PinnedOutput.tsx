/** The outputs that are pinned to a node: what a run with pinned data gives in its place. Each value can be taken away. */
import { Pin, X } from "lucide-react";
import type { GraphNode, Json } from "@/graph/document";
import { pinWords } from "@/graph/words";
import { Button, IconButton } from "@/ui/Button";

type Pinned = NonNullable<GraphNode["pinned_output"]>;
const SHOWN_CHARS = 400;

/** What stays where one pinned value is taken away; null: nothing is pinned any more. */
export function without(pinned: Pinned, pin: string, index: number): Pinned | null {
  const values = (pinned[pin] ?? []).filter((_, at) => at !== index);
  const { [pin]: _, ...others } = pinned;
  const next = values.length > 0 ? { ...pinned, [pin]: values } : others;
  return Object.keys(next).length > 0 ? next : null;
}

export function PinnedOutput({ node, isReadOnly, onRemove }: { node: GraphNode; isReadOnly: boolean; onRemove: (next: Pinned | null) => void }) {
  const pinned = node.pinned_output ?? {};
  return (
    <section aria-label="Pinned outputs" className="flex flex-col gap-2 border-t border-line bg-info-soft p-4">
      <h3 className="flex items-center gap-1.5 text-sm font-semibold text-info"><Pin className="size-4" aria-hidden />Pinned outputs</h3>
      <p className="text-xs">A test run gives these, and does not run the node. Runs of a published version run it.</p>
      {Object.entries(pinned).map(([pin, values]) => (
        <div key={pin}>
          <h4 className="text-xs font-medium">{pinWords(pin)}</h4>
          <ul className="flex flex-col gap-1">
            {values.map((value, index) => (
              <li key={index} className="flex items-start gap-1">
                <code className="max-h-32 min-w-0 flex-1 overflow-y-auto rounded bg-surface px-1.5 py-1 text-xs break-words whitespace-pre-wrap">{textOf(value)}</code>
                {!isReadOnly && <IconButton label={`Take value ${index + 1} of ${pinWords(pin)} away`} isSmall icon={<X className="size-3.5" aria-hidden />} onClick={() => onRemove(without(pinned, pin, index))} />}
              </li>
            ))}
          </ul>
        </div>
      ))}
      {!isReadOnly && <Button isSmall className="self-start" onClick={() => onRemove(null)}>Take all pinned outputs away</Button>}
    </section>
  );
}

function textOf(value: Json): string {
  const text = typeof value === "string" ? value : JSON.stringify(value, null, 1);
  return text.length > SHOWN_CHARS ? `${text.slice(0, SHOWN_CHARS)}…` : text;
}

/** What a block gives for what, as its own tests say: some values in, some values out. Read when it is looked at. */
import { useQuery } from "urql";
import { pinWords } from "@/graph/words";
import type { BlockSpec } from "./blocks";
import { BlockExamplesDocument } from "./blocks.generated";

const SHOWN_MAX = 3;
const CHARS_MAX = 600;

export function BlockExamples({ block }: { block: BlockSpec }) {
  const [{ data }] = useQuery({ query: BlockExamplesDocument, variables: { id: block.id } });
  const examples = (data?.block?.id === block.id ? data.block.examples : []).slice(0, SHOWN_MAX);
  if (examples.length === 0) return null;
  return (
    <section aria-label="Examples" className="mt-2">
      <h3 className="font-semibold">{examples.length === 1 ? "Example" : "Examples"}</h3>
      <ol className="flex flex-col gap-2">
        {examples.map((one, at) => (
          <li key={at} className="rounded-md border border-line p-2">
            <Values title="Given" rows={Object.entries((one.input ?? {}) as Record<string, unknown>)} />
            <Values title="It gives" rows={one.output.map(({ pin, value }) => [pin, value] as const)} />
          </li>
        ))}
      </ol>
    </section>
  );
}

function Values({ title, rows }: { title: string; rows: readonly (readonly [string, unknown])[] }) {
  if (rows.length === 0) return null;
  return (
    <>
      <h4 className="mt-1 text-muted first:mt-0">{title}</h4>
      <dl>
        {rows.map(([pin, value], at) => (
          <div key={at} className="break-words">
            <dt className="inline font-medium">{pinWords(pin)}: </dt>
            <dd className="inline font-mono whitespace-pre-wrap">{shown(value)}</dd>
          </div>
        ))}
      </dl>
    </>
  );
}

function shown(value: unknown): string {
  const text = typeof value === "string" ? value : (JSON.stringify(value) ?? "");
  return text.length > CHARS_MAX ? `${text.slice(0, CHARS_MAX)}…` : text;
}

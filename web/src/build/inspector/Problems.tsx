/** What is wrong with the draft, in a strip below the canvas: a click leads to the field. */
import { ChevronDown, ChevronUp, CircleAlert, TriangleAlert } from "lucide-react";
import { useDeferredValue, useMemo, useState } from "react";
import { type Blocks, useCatalogue } from "@/blocks/blocks";
import { nodeOf } from "@/graph/edits";
import { titleOf } from "@/graph/pins";
import { pinWords } from "@/graph/words";
import { Words } from "@/ui/Words";
import { type NodeProblem, useEditor } from "../store";
import { localProblems } from "./localProblems";

const SHOWN_MAX = 200;

export function Problems() {
  const { blocks } = useCatalogue();
  const told = useEditor((state) => state.problems);
  // Typing and dragging go first.
  const document = useDeferredValue(useEditor((state) => state.document));
  const [isOpen, setOpen] = useState(false);
  const problems = useMemo(() => [...told, ...localProblems(document, blocks)].sort((one, other) => Number(other.severity === "ERROR") - Number(one.severity === "ERROR")), [told, document, blocks]);
  if (problems.length === 0) return null;
  const errors = problems.filter((one) => one.severity === "ERROR").length;
  const Icon = errors > 0 ? CircleAlert : TriangleAlert;
  const Arrow = isOpen ? ChevronDown : ChevronUp;
  return (
    <section aria-label="Problems" data-region="problems" className="flex max-h-56 shrink-0 flex-col border-t border-line bg-surface">
      <button type="button" aria-expanded={isOpen} className="flex items-center gap-2 px-3 py-1.5 text-left text-sm hover:bg-sunken" onClick={() => setOpen(!isOpen)}>
        <Icon className={`size-4 ${errors > 0 ? "text-danger" : "text-warn"}`} aria-hidden />
        <span className="flex-1" aria-live="polite">{words(errors, problems.length - errors)}</span>
        <Arrow className="size-4 text-muted" aria-hidden />
      </button>
      {isOpen && (
        <ul className="min-h-0 flex-1 overflow-y-auto border-t border-line py-1">
          {problems.slice(0, SHOWN_MAX).map((one, index) => <Line key={index} problem={one} blocks={blocks} />)}
          {problems.length > SHOWN_MAX && <li className="px-3 py-1 text-sm text-muted">and {problems.length - SHOWN_MAX} more</li>}
        </ul>
      )}
    </section>
  );
}

function words(errors: number, warnings: number): string {
  const count = (number: number, what: string) => (number === 0 ? null : `${number} ${what}${number === 1 ? "" : "s"}`);
  const parts = [count(errors, "problem"), count(warnings, "hint")].filter(Boolean).join(" and ");
  return errors > 0 ? `${parts}. It cannot be published yet.` : `${parts}.`;
}

function Line({ problem, blocks }: { problem: NodeProblem; blocks: Blocks }) {
  const { document } = useEditor.getState();
  const node = nodeOf(document, problem.nodeId);
  const Icon = problem.severity === "ERROR" ? CircleAlert : TriangleAlert;
  // The API names the block and the pin as files do, for who has no canvas.
  const [message, remedy] = node && problem.code === "MISSING_PIN" ? ["It needs a value.", "Write one, or link it."] : [problem.message, problem.remedy];
  const place = [node && titleOf(node, blocks.get(node.block_id)), problem.pin && pinWords(problem.pin)].filter(Boolean).join(" · ");
  return (
    <li>
      <button type="button" className="flex w-full items-start gap-2 px-3 py-1 text-left text-sm hover:bg-sunken" onClick={() => show(problem)}>
        <Icon className={`mt-0.5 size-4 shrink-0 ${problem.severity === "ERROR" ? "text-danger" : "text-warn"}`} aria-hidden />
        <span className="min-w-0 break-words">{place && <strong className="font-medium">{place}: </strong>}<Words text={message} /> <span className="text-muted"><Words text={remedy} /></span></span>
      </button>
    </li>
  );
}

/** Lead to where a problem is: the field, the node, the link, or the agent's settings. */
export function show(problem: NodeProblem): void {
  const { document, focus, select } = useEditor.getState();
  if (problem.linkId && document.links.some((one) => one.id === problem.linkId)) return select([], [problem.linkId]);
  if (problem.nodeId && nodeOf(document, problem.nodeId)) return focus({ nodeId: problem.nodeId, pin: problem.pin ?? null });
  select([]);
}

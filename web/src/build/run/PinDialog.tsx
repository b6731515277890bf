/** Pin outputs to a node of the draft: those of an execution, or written by hand. A run uses them only where one asks for that. */
import { Pin, PinOff } from "lucide-react";
import { useEffect, useState } from "react";
import { type Client, useClient } from "urql";
import { useCatalogue } from "@/blocks/blocks";
import { told } from "@/data/errors";
import { outputPins, titleOf } from "@/graph/pins";
import { Button } from "@/ui/Button";
import { Dialog } from "@/ui/Dialog";
import { TextArea } from "@/ui/fields";
import { Loading } from "@/ui/states";
import { notify } from "@/ui/toasts";
import { pathOf } from "@/values/kinds";
import { useEditor } from "../store";
import { PINNED_VALUES_MAX, type Pinned, pinnedOf, readPinned, textOf } from "./pinned";
import { BuildRunGivenDocument } from "./run.generated";

export function PinDialog({ nodeId, executionId, onClose }: { nodeId: string; executionId: string | null; onClose: () => void }) {
  const client = useClient();
  const { blocks } = useCatalogue();
  const document = useEditor((state) => state.document);
  const node = document.nodes.find((one) => one.id === nodeId);
  const [text, setText] = useState<string | null>(executionId ? null : textOf((node?.pinned_output as Pinned | null | undefined) ?? {}));
  const [problem, setProblem] = useState<string | null>(null);

  useEffect(() => {
    if (!executionId) return;
    let isHere = true;
    given(client, executionId).then(
      (found) => isHere && setText(textOf(found)),
      (error: unknown) => {
        if (!isHere) return;
        setText("{}");
        setProblem(error instanceof Error ? error.message : String(error));
      },
    );
    return () => {
      isHere = false;
    };
  }, [client, executionId]);
  if (!node) return null;
  const block = blocks.get(node.block_id);
  const title = titleOf(node, block);
  const pins = block ? outputPins(node, document, block).map((pin) => pin.name).filter((name) => name !== "error") : [];

  const pin = () => {
    const read = readPinned(text ?? "", pins);
    if ("problem" in read) return setProblem(read.problem);
    useEditor.getState().change("Pin outputs", (now) => ({ ...now, nodes: now.nodes.map((one) => (one.id === nodeId ? { ...one, pinned_output: read.pinned } : one)) }));
    notify({ kind: "ok", title: `The outputs of “${title}” are pinned.`, text: "A run with pinned outputs gives them instead of running the node." });
    onClose();
  };
  const unpin = () => {
    useEditor.getState().change("Unpin outputs", (now) => ({ ...now, nodes: now.nodes.map((one) => (one.id === nodeId ? { ...one, pinned_output: undefined } : one)) }));
    onClose();
  };

  return (
    <Dialog
      isOpen
      onClose={onClose}
      title={`Pin outputs of “${title}”`}
      description="What the node is to give instead of running, for each of its executions. Only runs with pinned outputs use them."
      footer={
        <>
          {node.pinned_output && <Button icon={<PinOff className="size-4" aria-hidden />} onClick={unpin}>Unpin</Button>}
          <Button look="primary" disabled={text === null} icon={<Pin className="size-4" aria-hidden />} onClick={pin}>Pin</Button>
        </>
      }
    >
      {text === null ? (
        <Loading text="Reading what it gave" />
      ) : (
        <TextArea label="Outputs, a list for each pin" help={pins.length > 0 ? `Its outputs are: ${pins.join(", ")}.` : undefined} error={problem} rows={12} spellCheck={false} className="font-mono text-xs" value={text} onChange={(event) => { setText(event.target.value); setProblem(null); }} />
      )}
    </Dialog>
  );
}

/** Read everything that an execution gave, large values from where they are kept. */
async function given(client: Client, executionId: string): Promise<Pinned> {
  const all: { pin: string; json: unknown }[] = [];
  for (let after = -1, isMore = true; isMore; ) {
    const answer = await client.query(BuildRunGivenDocument, { id: executionId, after }, { requestPolicy: "network-only" }).toPromise();
    if (answer.error) throw new Error(told(answer.error)[0]?.message ?? "It cannot be read.");
    const page = answer.data?.node && "outputs" in answer.data.node ? answer.data.node.outputs : [];
    for (const one of page) all.push({ pin: one.pin, json: one.value.isInline ? one.value.json : await kept(one.value.valueUrl) });
    isMore = page.length === 100;
    after = page.at(-1)?.sequence ?? after;
    if (all.length > PINNED_VALUES_MAX) throw new Error(`It gave over ${PINNED_VALUES_MAX} values, which are too many to be pinned. Write some of them by hand.`);
  }
  return pinnedOf(all);
}

async function kept(valueUrl: string | null): Promise<unknown> {
  const path = pathOf(valueUrl);
  const answer = path ? await fetch(path) : null;
  if (!answer?.ok) throw new Error("A large value of it cannot be read.");
  return answer.json();
}

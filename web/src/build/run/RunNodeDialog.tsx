/** Run one node by itself, as the draft has it: nothing comes by links, so what it needs is given here. */
import { Play } from "lucide-react";
import { type FormEvent, useId, useMemo, useState } from "react";
import { useCatalogue } from "@/blocks/blocks";
import { Refused, type Told } from "@/data/errors";
import { useChange } from "@/data/useChange";
import type { GraphNode, Json, JsonObject, Schema } from "@/graph/document";
import { inputPins, titleOf } from "@/graph/pins";
import { givenInputs, placed } from "@/run/request";
import { useRequestKey } from "@/run/useRequestKey";
import { problemsOf, SchemaForm } from "@/schema-form/SchemaForm";
import { Button } from "@/ui/Button";
import { Dialog } from "@/ui/Dialog";
import { Failed } from "@/ui/states";
import { notify } from "@/ui/toasts";
import { useSendKeys } from "@/ui/useSendKeys";
import { saveNow } from "../publish/saving";
import { useEditor } from "../store";
import { BuildRunNodeDocument } from "./run.generated";

type Props = { agentId: string; nodeId: string; initialInputs?: JsonObject; onClose: () => void; onStarted: (runId: string) => void };

export function RunNodeDialog({ agentId, nodeId, initialInputs, onClose, onStarted }: Props) {
  const formId = useId();
  const { blocks } = useCatalogue();
  const document = useEditor((state) => state.document);
  const node = document.nodes.find((one) => one.id === nodeId);
  const block = node && blocks.get(node.block_id);
  const schema = useMemo(() => (node ? schemaOf(node, document, block) : { type: "object", properties: {} }), [node, document, block]);
  const [value, setValue] = useState<JsonObject>(() => ({ ...(node ? constantsOf(node, schema) : {}), ...(initialInputs ?? {}) }));
  const [isTried, setTried] = useState(false);
  const [refused, setRefused] = useState<Told[]>([]);
  /** From pressing on: the draft is saved before it is sent. */
  const [isBusy, setBusy] = useState(false);
  const [run] = useChange(BuildRunNodeDocument, { isQuiet: true });
  const keyOf = useRequestKey();
  useSendKeys(formId, !isBusy);
  if (!node) return null;
  const told = placed(schema, refused);
  const problems = [...(isTried ? problemsOf(schema, givenInputs(value)) : []), ...told.fields];

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (problemsOf(schema, givenInputs(value)).length > 0) return;
    setBusy(true);
    await start().finally(() => setBusy(false));
  };

  const start = async () => {
    if (!(await saveNow())) return setRefused([{ code: "CONFLICT", message: "The draft is not saved, so the node cannot run as it is shown.", remedy: "Mend what keeps it from being saved first." }]);
    const input = { graphId: agentId, isDraft: true, nodeId, inputs: givenInputs(value) };
    await run({ input: { ...input, idempotencyKey: keyOf([input, useEditor.getState().revision]) } }).then(
      ({ run: made }) => {
        if (!made) return;
        onClose();
        notify({ kind: "ok", title: `“${titleOf(node, block)}” runs by itself.` });
        onStarted(made.id);
      },
      (error) => setRefused(error instanceof Refused ? error.problems : [{ code: "INTERNAL", message: String(error) }]),
    );
  };

  return (
    <Dialog
      isOpen
      onClose={onClose}
      title={`Run only “${titleOf(node, block)}”`}
      description="The node as your draft has it, in a run of its own. Nothing comes by links: give here what would."
      footer={
        <>
          <Button onClick={onClose}>Close</Button>
          <Button look="primary" type="submit" form={formId} isBusy={isBusy} icon={<Play className="size-4" aria-hidden />}>Run this node</Button>
        </>
      }
    >
      <form id={formId} onSubmit={(event) => void submit(event)} noValidate className="flex flex-col gap-3">
        {told.others.length > 0 && <Failed errors={told.others} />}
        <SchemaForm schema={schema} value={value} onChange={(next) => { setValue(next); setRefused([]); }} problems={problems} empty={<p className="text-sm text-muted">It takes no inputs. It is ready to run.</p>} />
      </form>
    </Dialog>
  );
}

/** The node's pins as a form: no credential, which a person chose in the node, and no secret, which is not written here. */
function schemaOf(node: GraphNode, document: Parameters<typeof inputPins>[1], block: Parameters<typeof inputPins>[2]): Schema {
  const pins = inputPins(node, document, block).filter((pin) => !pin.isCredential && !pin.isHidden && !pin.isSecret && !pin.isDynamic);
  const isGiven = (name: string) => node.input_default[name] !== undefined && node.input_default[name] !== null;
  return {
    type: "object",
    $defs: Object.assign({}, ...pins.map((pin) => pin.schema.$defs ?? {})) as Record<string, Schema>,
    properties: Object.fromEntries(pins.map((pin) => [pin.name, { ...pin.schema, title: pin.title, advanced: pin.isAdvanced && !pin.isLinked }])),
    required: pins.filter((pin) => (pin.isRequired || pin.isLinked) && !isGiven(pin.name) && pin.schema.default === undefined).map((pin) => pin.name),
  };
}

function constantsOf(node: GraphNode, schema: Schema): JsonObject {
  const names = Object.keys(schema.properties ?? {});
  return Object.fromEntries(names.flatMap((name): [string, Json][] => (node.input_default[name] === undefined ? [] : [[name, node.input_default[name] as Json]])));
}

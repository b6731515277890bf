/** The inputs of a node as a form: constants, links, parts, and the credential. An edit is one step of undo, typing in a field together. */
import { useMemo } from "react";
import type { Blocks } from "@/blocks/blocks";
import { CredentialPicker } from "@/credentials/CredentialPicker";
import { credentialIdOf, fileId, referenceOf, requirementOf } from "@/credentials/fitting";
import type { GraphNode, Json, JsonObject } from "@/graph/document";
import { setInput } from "@/graph/edits";
import { linksOf } from "@/graph/links";
import { inputPins } from "@/graph/pins";
import { pinWords } from "@/graph/words";
import { ownOf } from "@/schema-form/problems";
import { type FieldShown, SchemaForm } from "@/schema-form/SchemaForm";
import { useCanvasUi } from "../canvas/ui";
import { useEditor } from "../store";
import { applied, changedFields, fieldProblems, partKind, partsOf, schemaOfNode, valueOfNode } from "./nodeForm";
import { Parts, PinField } from "./PinField";

const NO_PARTS: readonly string[] = [];

export function NodeForm({ node, blocks }: { node: GraphNode; blocks: Blocks }) {
  const document = useEditor((state) => state.document);
  const isReadOnly = useEditor((state) => state.isReadOnly);
  const told = useEditor((state) => state.problems);
  const focused = useEditor((state) => (state.focused?.nodeId === node.id ? state.focused.pin : null));
  const change = useEditor((state) => state.change);
  const begun = useCanvasUi((state) => state.extraPins.get(node.id)) ?? NO_PARTS;
  const block = blocks.get(node.block_id);
  // Nodes of the same block have the same schema: it is made anew only where the block, or the agent that is run, is another.
  const agentSchema = node.input_default.input_schema;
  // eslint-disable-next-line react-hooks/exhaustive-deps -- see above: other changes of the node do not change its schema.
  const schema = useMemo(() => schemaOfNode(node, document, block), [node.id, block, agentSchema, node.input_default.options, node.input_default.column_headers]);
  const pins = inputPins(node, document, block);
  const value = valueOfNode(node, schema);
  const linked = linksOf(document).sinks.get(node.id) ?? new Set<string>();
  const problems = fieldProblems(node, schema, value, linked, told);
  const edit = (after: JsonObject) => {
    const names = changedFields(value, after);
    change(`Edit ${names[0] ?? ""}`, (now) => applied(now, node.id, names, after), { merge: `input:${node.id}:${names.join()}` });
  };
  const set = (pin: string, next: Json | undefined) => change("Choose a credential", (now) => setInput(now, node.id, pin, next));

  const render = ({ name, label, schema: one, isRequired, problems: own, field }: FieldShown) => {
    if (one.credentials_provider) return <NodeCredential node={node} pin={name} label={label} schema={one} isRequired={isRequired} error={ownOf(own)} value={value} onChange={(next) => set(name, next)} isDisabled={isReadOnly} deciding={decidingOf(one, value, linked, schema.properties)} />;
    const parts = partsOf(name, pins, begun);
    return (
      <PinField node={node} pin={name} label={label} isRequired={isRequired} help={one.description} blocks={blocks} field={field}>
        <Parts node={node} pin={name} label={label} parts={parts} pins={pins} kind={partKind(one, schema)} root={schema} problems={problems} blocks={blocks} />
      </PinField>
    );
  };
  return <SchemaForm schema={schema} value={value} onChange={edit} problems={problems} isDisabled={isReadOnly} renderField={render} reveal={focused} isShown={(name) => linked.has(name)} empty={<p className="text-sm text-muted">It takes no inputs.</p>} />;
}

/** What decides which provider's credential is needed: the constant of another pin, or its default; a link could bring anything. */
function decidingOf(pin: FieldShown["schema"], value: JsonObject, linked: ReadonlySet<string>, properties: FieldShown["schema"]["properties"]): Json | undefined {
  const name = pin.discriminator;
  if (typeof name !== "string" || linked.has(name)) return undefined;
  return value[name] ?? properties?.[name]?.default;
}

type CredentialProps = { node: GraphNode; pin: string; label: string; schema: FieldShown["schema"]; isRequired: boolean; error: string | null; value: JsonObject; deciding: Json | undefined; onChange: (reference: Json | undefined) => void; isDisabled: boolean };

function NodeCredential({ node, pin, label, schema, isRequired, error, value, deciding, onChange, isDisabled }: CredentialProps) {
  const reference = (value[pin] ?? null) as JsonObject | null;
  const need = requirementOf(schema, isRequired && node.metadata.credentials_optional !== true, deciding);
  return (
    <CredentialPicker
      requirement={need}
      label={need.providers.length === 1 ? `${label} (${pinWords(need.providers[0] ?? "")})` : label}
      help="It may also be chosen when a run is started."
      error={error}
      isDisabled={isDisabled}
      value={credentialIdOf(reference ?? undefined)}
      chosenTitle={typeof reference?.title === "string" ? reference.title : null}
      onChange={(id, credential) => onChange(id === null ? undefined : credential ? referenceOf(credential) : { id: fileId(id), provider: need.providers[0] ?? "", type: (need.types[0] ?? "API_KEY").toLowerCase(), title: null })}
    />
  );
}

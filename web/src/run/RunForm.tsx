/** The form of one version: what it holds, what is wrong with it, and how it is sent. */
import { CircleAlert } from "lucide-react";
import { type FormEvent, useEffect, useMemo, useState } from "react";
import { useNavigate } from "react-router";
import { useQuery } from "urql";
import { Refused, type Told } from "@/data/errors";
import { useChange } from "@/data/useChange";
import type { GraphDocument, JsonObject, Schema } from "@/graph/document";
import { type FieldProblem, problemsOf, SchemaForm } from "@/schema-form/SchemaForm";
import { SelectField } from "@/ui/fields";
import { Badge } from "@/ui/Status";
import { Words } from "@/ui/Words";
import { notify } from "@/ui/toasts";
import { PresetBar } from "./PresetBar";
import { type Chosen, givenCredentials, givenInputs, inputsOf, isMissing, isSurelyMissing, knownInputs, placed } from "./request";
import { RunCredentials } from "./RunCredentials";
import type { RunDialogProps } from "./RunDialog";
import { RunFormCredentialsDocument, type RunFormPresetFragment, RunFormStartDocument } from "./run-form.generated";
import { type Filled, isDraft, type Runnable, type Source } from "./source";
import { useRequestKey } from "./useRequestKey";

type Props = RunDialogProps & {
  formId: string;
  found: Runnable;
  /** The version that is active, where it is known. */
  active: number | null;
  presets: RunFormPresetFragment[];
  readPresets: () => void;
  /** What was filled in for another source. */
  filled: Filled | null;
  choose: (source: Source, filled: Filled) => void;
  setBusy: (is: boolean) => void;
  setReady: (is: boolean) => void;
};

export function RunForm({ agent, found, active, draft, presets, readPresets, filled, choose: chooseSource, formId, setBusy, setReady, initialInputs, initialPresetId, until, usePinnedOutputs, onStarted, onClose }: Props) {
  const schema = found.inputSchema as Schema;
  const document = found.document as GraphDocument;
  const first = presets.find((one) => one.id === (filled ? filled.presetId : initialPresetId)) ?? null;
  const [preset, setPreset] = useState<RunFormPresetFragment | null>(first);
  const [value, setValue] = useState<JsonObject>(() => (filled ? inputsOf(schema, filled.value) : { ...(first ? knownInputs(schema, first.inputs as JsonObject) : {}), ...(initialInputs ? knownInputs(schema, initialInputs) : {}) }));
  const [chosen, setChosen] = useState<Chosen>(() => filled?.chosen ?? (first ? chosenOf(first) : {}));
  const [isTried, setTried] = useState(false);
  const [refused, setRefused] = useState<Told[]>([]);
  const [start] = useChange(RunFormStartDocument, { isQuiet: true });
  const [needed] = useQuery({ query: RunFormCredentialsDocument, variables: { id: agent.id, version: found.number, isDraft: found.number === null }, requestPolicy: found.number === null ? "network-only" : "cache-first" });
  const requirements = needed.data?.requiredCredentials ?? [];
  const navigate = useNavigate();
  const keyOf = useRequestKey();

  // A link names a preset, and that may be of another version than the one that its page asks for.
  const pinned = !filled && found.number !== null && first?.graphVersion && first.graphVersion !== found.number ? first.graphVersion : null;
  useEffect(() => {
    if (pinned !== null) chooseSource(pinned, { value, chosen, presetId: first?.id ?? null });
  }, [pinned]);

  const isReady = needed.data !== undefined || needed.error !== undefined;
  useEffect(() => {
    setReady(isReady);
    return () => setReady(false);
  }, [setReady, isReady]);
  const errors = found.problems.filter((one) => one.severity === "ERROR");
  const own = useMemo(() => (isTried ? problemsOf(schema, givenInputs(value)) : []), [isTried, schema, value]);
  const told = placed(schema, refused);
  const problems: FieldProblem[] = [...own, ...told.fields.filter((one) => !own.some((other) => other.path[0] === one.path[0]))];
  const missing = requirements.filter((one) => isMissing(document, one, chosen));

  const choose = (next: RunFormPresetFragment | null) => {
    setPreset(next);
    setRefused([]);
    if (!next) return;
    // A preset has no secret: what was typed stays.
    const secrets = Object.entries(value).filter(([name]) => schema.properties?.[name]?.secret);
    const given = { ...Object.fromEntries(secrets), ...knownInputs(schema, next.inputs as JsonObject) };
    setValue(given);
    setChosen(chosenOf(next));
    // It is of another version than the one that was asked for; a draft that is being tried stays what runs.
    if (next.graphVersion && found.number !== null && next.graphVersion !== found.number) chooseSource(next.graphVersion, { value: given, chosen: chosenOf(next), presetId: next.id });
  };

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    // The form stands in a dialog of a page that may have a form of its own.
    event.stopPropagation();
    setTried(true);
    if (problemsOf(schema, givenInputs(value)).length > 0 || missing.some((one) => isSurelyMissing(document, one, chosen))) return focusFirstProblem(formId);
    const input = {
      graphId: agent.id,
      version: found.number,
      isDraft: found.number === null,
      inputs: givenInputs(value),
      credentials: givenCredentials(chosen, needed.data?.requiredCredentials),
      untilNodeId: until?.nodeId ?? null,
      usePinnedOutputs: usePinnedOutputs ?? false,
    };
    setBusy(true);
    try {
      const { run } = await start({ input: { ...input, idempotencyKey: keyOf([input, found.revision]) } });
      if (!run) return;
      onClose();
      notify({ kind: "ok", title: isDraft(run.graphVersion) ? "The run of the draft has started." : `The run has started with version ${run.graphVersion}.` });
      if (onStarted) onStarted(run.id);
      else navigate(`/runs/${run.id}`);
    } catch (error) {
      setRefused(error instanceof Refused ? error.problems : [{ code: "INTERNAL", message: String(error) }]);
      focusFirstProblem(formId);
    } finally {
      setBusy(false);
    }
  };

  return (
    <form id={formId} onSubmit={(event) => void submit(event)} noValidate className="flex flex-col gap-4">
      <What found={found} active={active} hasDraft={draft != null} choose={(next) => chooseSource(next, { value, chosen, presetId: preset?.id ?? null })} />
      <PresetBar agent={agent} presets={presets} preset={preset} choose={choose} schema={schema} value={value} chosen={chosen} readAgain={readPresets} />
      {errors.length > 0 && <Problems title={found.number === null ? "The draft does not run until this is mended:" : "This version does not run until this is mended in the editor:"} told={errors.map((one) => ({ code: one.severity, message: one.message, remedy: one.remedy }))} />}
      {told.others.length > 0 && <Problems title="The run was not started:" told={told.others} />}
      {needed.error && <Problems title="The credentials that it needs could not be read:" told={[{ code: "OFFLINE", message: needed.error.message }]} />}
      <SchemaForm
        schema={schema}
        value={value}
        onChange={(next) => {
          setValue(next);
          setRefused([]);
        }}
        problems={problems}
        empty={<p className="text-sm text-muted">This agent has no inputs.{errors.length === 0 && " It is ready to run."}</p>}
      />
      {requirements.length > 0 && (
        <RunCredentials document={document} agentId={agent.id} requirements={requirements} chosen={chosen} onChange={setChosen} missing={missing} isTried={isTried} />
      )}
      <p className="sr-only">Ctrl and Enter starts the run.</p>
    </form>
  );
}

/** What runs, and where a draft is there, too, the choice between the two. */
function What({ found, active, hasDraft, choose }: { found: Runnable; active: number | null; hasDraft: boolean; choose: (source: Source) => void }) {
  const offered = [...new Set([active, found.number])].filter((one) => one !== null);
  if (hasDraft && offered.length > 0) {
    const versions = offered.map((one) => ({ value: String(one), label: one === active ? `Version ${one}, which is active` : `Version ${one}` }));
    return (
      <SelectField
        label="What runs"
        help={found.number === null ? "As it is on the canvas. Nothing is published by that." : "As it was published, without the changes of your draft."}
        options={[{ value: "draft", label: "The draft" }, ...versions]}
        value={found.number === null ? "draft" : String(found.number)}
        onChange={(value) => choose(value === "draft" ? "draft" : Number(value))}
      />
    );
  }
  return (
    <div className="flex flex-wrap items-center gap-2 text-sm">
      <Badge tone={found.isActive ? "ok" : "warn"}>{found.number === null ? "Draft" : `Version ${found.number}`}</Badge>
      <span className="text-muted">
        {found.name ? `${found.name}. ` : ""}
        {found.number === null ? "As it is on the canvas. No version is published yet." : found.isActive ? "The published version that is active." : "Not the version that is active."}
      </span>
    </div>
  );
}

const chosenOf = (preset: RunFormPresetFragment): Chosen => Object.fromEntries(preset.credentials.map((one) => [one.key, one.credentialId]));

function focusFirstProblem(formId: string): void {
  requestAnimationFrame(() => {
    const found = document.getElementById(formId)?.querySelector<HTMLElement>('[aria-invalid="true"], [role="alert"]');
    found?.scrollIntoView({ block: "center" });
    found?.focus();
  });
}

function Problems({ title, told }: { title: string; told: Told[] }) {
  return (
    <div role="alert" tabIndex={-1} className="flex items-start gap-2 rounded-lg border border-danger bg-danger-soft p-3 text-sm">
      <CircleAlert className="mt-0.5 size-4 shrink-0 text-danger" aria-hidden />
      <div className="min-w-0 flex-1 break-words">
        <p className="font-medium">{title}</p>
        <ul className="mt-1 list-disc pl-4">
          {told.slice(0, 8).map((one) => (
            <li key={one.code + one.message}><Words text={one.message} /> <Words text={one.remedy} /></li>
          ))}
        </ul>
      </div>
    </div>
  );
}

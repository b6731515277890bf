/** The form of one version: what it holds, what is wrong with it, and how it is sent. */
import { CircleAlert } from "lucide-react";
import { type FormEvent, type KeyboardEvent, useEffect, useMemo, useRef, useState } from "react";
import { useNavigate } from "react-router";
import { useQuery } from "urql";
import { Refused, type Told } from "@/data/errors";
import { useChange } from "@/data/useChange";
import type { GraphDocument, JsonObject, Schema } from "@/graph/document";
import { type FieldProblem, problemsOf, SchemaForm } from "@/schema-form/SchemaForm";
import { Badge } from "@/ui/Status";
import { notify } from "@/ui/toasts";
import { newId } from "@/graph/ids";
import { PresetBar } from "./PresetBar";
import { type Chosen, givenCredentials, givenInputs, isMissing, knownInputs, placed } from "./request";
import { RunCredentials } from "./RunCredentials";
import type { RunDialogProps } from "./RunDialog";
import { RunFormCredentialsDocument, type RunFormPresetFragment, RunFormStartDocument, type RunFormVersionFragment } from "./run-form.generated";

type Props = RunDialogProps & {
  formId: string;
  found: RunFormVersionFragment;
  presets: RunFormPresetFragment[];
  readPresets: () => void;
  choosesVersion: (version: number) => void;
  setBusy: (is: boolean) => void;
  setReady: (is: boolean) => void;
};

export function RunForm({ agent, found, presets, readPresets, choosesVersion, formId, setBusy, setReady, initialInputs, initialPresetId, until, usePinnedOutputs, onStarted, onClose }: Props) {
  const schema = found.inputSchema as Schema;
  const document = found.document as GraphDocument;
  const first = presets.find((one) => one.id === initialPresetId) ?? null;
  const [preset, setPreset] = useState<RunFormPresetFragment | null>(first);
  const [value, setValue] = useState<JsonObject>(() => ({ ...(first ? knownInputs(schema, first.inputs as JsonObject) : {}), ...(initialInputs ? knownInputs(schema, initialInputs) : {}) }));
  const [chosen, setChosen] = useState<Chosen>(() => (first ? chosenOf(first) : {}));
  const [isTried, setTried] = useState(false);
  const [refused, setRefused] = useState<Told[]>([]);
  const [start] = useChange(RunFormStartDocument, { isQuiet: true });
  const [needed] = useQuery({ query: RunFormCredentialsDocument, variables: { id: agent.id, version: found.number } });
  const requirements = needed.data?.requiredCredentials ?? [];
  const navigate = useNavigate();
  const key = useRef({ request: "", key: "" });

  useEffect(() => {
    setReady(true);
    return () => setReady(false);
  }, [setReady]);
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
    setValue({ ...Object.fromEntries(secrets), ...knownInputs(schema, next.inputs as JsonObject) });
    setChosen(chosenOf(next));
    if (next.graphVersion && next.graphVersion !== found.number) choosesVersion(next.graphVersion);
  };

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    // The form stands in a dialog of a page that may have a form of its own.
    event.stopPropagation();
    setTried(true);
    if (problemsOf(schema, givenInputs(value)).length > 0) return focusFirstProblem(formId);
    const input = {
      graphId: agent.id,
      version: found.number,
      inputs: givenInputs(value),
      credentials: givenCredentials(chosen),
      untilNodeId: until?.nodeId ?? null,
      usePinnedOutputs: usePinnedOutputs ?? false,
    };
    // The same request again, as after a broken connection, is the same run.
    const request = JSON.stringify(input);
    if (key.current.request !== request) key.current = { request, key: newId() };
    setBusy(true);
    try {
      const { run } = await start({ input: { ...input, idempotencyKey: key.current.key } });
      if (!run) return;
      onClose();
      notify({ kind: "ok", title: `The run has started with version ${run.graphVersion}.` });
      if (onStarted) onStarted(run.id);
      else navigate(`/runs/${run.id}`);
    } catch (error) {
      setRefused(error instanceof Refused ? error.problems : [{ code: "INTERNAL", message: String(error) }]);
      focusFirstProblem(formId);
    } finally {
      setBusy(false);
    }
  };

  const send = (event: KeyboardEvent<HTMLFormElement>) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) event.currentTarget.requestSubmit();
  };

  return (
    <form id={formId} onSubmit={(event) => void submit(event)} onKeyDown={send} noValidate className="flex flex-col gap-4">
      <div className="flex flex-wrap items-center gap-2 text-sm">
        <Badge tone={found.isActive ? "ok" : "warn"}>Version {found.number}</Badge>
        <span className="text-muted">
          {found.name ? `${found.name}. ` : ""}
          {found.isActive ? "The published version that is active." : "Not the version that is active."}
        </span>
      </div>
      <PresetBar agent={agent} presets={presets} preset={preset} choose={choose} schema={schema} value={value} chosen={chosen} readAgain={readPresets} />
      {errors.length > 0 && <Problems title="This version does not run until this is mended in the editor:" told={errors.map((one) => ({ code: one.severity, message: one.message, remedy: one.remedy }))} />}
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
        empty={<p className="text-sm text-muted">This agent has no inputs. It is ready to run.</p>}
      />
      {requirements.length > 0 && (
        <RunCredentials document={document} agentId={agent.id} requirements={requirements} chosen={chosen} onChange={setChosen} missing={missing} isTried={isTried} />
      )}
      <p className="sr-only">Ctrl and Enter starts the run.</p>
    </form>
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
            <li key={one.code + one.message}>{one.message} {one.remedy}</li>
          ))}
        </ul>
      </div>
    </div>
  );
}

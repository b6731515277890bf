/** The inputs and credentials that are saved for later runs: of a preset, a schedule or a trigger. */
import { RunCredentials } from "@/run/RunCredentials";
import { type FieldProblem, SchemaForm } from "@/schema-form/SchemaForm";
import { Failed, Loading } from "@/ui/states";
import { missingCredentials, type NeedsRead, secretInputs, type Values } from "./useNeeds";

type Props = {
  read: NeedsRead;
  values: Values;
  onChange: (values: Values) => void;
  problems: FieldProblem[];
  /** Whether it was tried to save: then what is missing is an error, before that a hint. */
  isTried: boolean;
  hidden?: string[];
  /** What becomes of inputs that are secret, which are never saved. */
  aboutSecrets: string;
};

export function RunValues({ read, values, onChange, problems, isTried, hidden = [], aboutSecrets }: Props) {
  const { needs } = read;
  if (read.errors.length > 0) return <Failed errors={read.errors} />;
  if (read.isUnpublished) return <p className="text-sm text-muted">The agent has no published version yet. Publish it first.</p>;
  if (!needs) return <Loading text="Reading what the agent needs" />;
  const secrets = secretInputs(needs.schema);
  return (
    <div className="flex flex-col gap-3">
      <SchemaForm
        schema={needs.schema}
        value={values.inputs}
        onChange={(inputs) => onChange({ ...values, inputs })}
        problems={isTried ? problems : []}
        hidden={[...hidden, ...secrets]}
        empty={<p className="text-sm text-muted">This agent takes no inputs{hidden.length > 0 ? " but that" : ""}.</p>}
      />
      {secrets.length > 0 && (
        <p className="text-xs text-muted">
          Secret and not saved: {secrets.join(", ")}. {aboutSecrets}
        </p>
      )}
      {needs.requirements.length > 0 && (
        <RunCredentials document={needs.document} agentId={needs.agentId} requirements={needs.requirements} chosen={values.chosen} onChange={(chosen) => onChange({ ...values, chosen })} missing={missingCredentials(needs, values)} isTried={isTried} />
      )}
    </div>
  );
}

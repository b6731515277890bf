/** What a run of an agent's version needs: its inputs and its credentials; and whether what was given is enough. */
import { useMemo } from "react";
import { useQuery } from "urql";
import { type Told, told } from "@/data/errors";
import type { GraphDocument, JsonObject, Schema } from "@/graph/document";
import type { RunRequirement } from "@/run/RunCredentials";
import { RunFormCredentialsDocument, RunFormDocument } from "@/run/run-form.generated";
import { type Chosen, isMissing } from "@/run/request";
import { type FieldProblem, problemsOf } from "@/schema-form/SchemaForm";

export type Needs = {
  agentId: string;
  schema: Schema;
  document: GraphDocument;
  requirements: readonly RunRequirement[];
  hasExternalTrigger: boolean;
};
export type Values = { inputs: JsonObject; chosen: Chosen };
export type NeedsRead = { needs: Needs | null; errors: Told[]; isLoading: boolean; isUnpublished: boolean };

export function useNeeds(agentId: string, version: number | null): NeedsRead {
  const [form] = useQuery({ query: RunFormDocument, variables: { id: agentId, version: version ?? 0, hasVersion: version !== null } });
  const found = form.data?.graphVersion ?? form.data?.graph?.activeVersion ?? null;
  const [credentials] = useQuery({ query: RunFormCredentialsDocument, variables: { id: agentId, version: found?.number ?? 0 }, pause: found === null });
  const requirements = credentials.data?.requiredCredentials;
  const needs = useMemo(
    () =>
      found && requirements
        ? { agentId, schema: found.inputSchema as Schema, document: found.document as GraphDocument, requirements, hasExternalTrigger: found.hasExternalTrigger }
        : null,
    [agentId, found, requirements],
  );
  const error = form.error ?? credentials.error;
  return { needs, errors: error && !needs ? told(error) : [], isLoading: !needs && !error && !(form.data && !found), isUnpublished: Boolean(form.data && !found) };
}

/** Inputs that are kept nowhere: what is saved for later has them not. */
export const secretInputs = (schema: Schema): string[] => Object.entries(schema.properties ?? {}).flatMap(([name, one]) => (one.secret ? [name] : []));

/** What of the values does not fit. With `isPartial` what is absent is no problem: it is given later. */
export function valueProblems(needs: Needs, values: Values, { isPartial = false, without = [] as string[] } = {}): FieldProblem[] {
  const left = [...secretInputs(needs.schema), ...without];
  const schema: Schema = {
    ...needs.schema,
    properties: Object.fromEntries(Object.entries(needs.schema.properties ?? {}).filter(([name]) => !left.includes(name))),
    required: isPartial ? [] : (needs.schema.required ?? []).filter((name) => !left.includes(name)),
  };
  return problemsOf(schema, values.inputs);
}

export const missingCredentials = (needs: Needs, values: Values): RunRequirement[] => needs.requirements.filter((one) => isMissing(needs.document, one, values.chosen));

/** The values that something saved has; of a secret it has stars only, which are no value. */
export function valuesOf(saved: { inputs: unknown; credentials: readonly { key: string; credentialId: string }[] } | null | undefined): Values {
  return {
    inputs: Object.fromEntries(Object.entries((saved?.inputs ?? {}) as JsonObject).filter(([, value]) => value !== "***")),
    chosen: Object.fromEntries((saved?.credentials ?? []).map((one) => [one.key, one.credentialId])),
  };
}

/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import type * as Types from '../data/schema.generated';

import type { TypedDocumentNode as DocumentNode } from '@graphql-typed-document-node/core';
/** Every code that an error can have. */
export type ErrorCode =
  | 'ACCESS_LOST'
  | 'BAD_CURSOR'
  | 'BAD_USER_INPUT'
  | 'BLOCK_FAILED'
  | 'BLOCK_UNKNOWN'
  | 'BUDGET_EXCEEDED'
  | 'CONFLICT'
  | 'CONTRACT_CHANGED'
  | 'CREDENTIAL_ENDED'
  | 'CREDENTIAL_UNUSABLE'
  | 'EGRESS_REFUSED'
  | 'FILE_REFUSED'
  | 'FORBIDDEN'
  | 'INTERNAL'
  | 'INVALID_GRAPH'
  | 'INVALID_INPUT'
  | 'INVALID_RUN_INPUT'
  | 'INVALID_VALUE'
  | 'KEY_MISSING'
  | 'MISSING_CREDENTIALS'
  | 'NOT_FOUND'
  | 'QUERY_TOO_COMPLEX'
  | 'RATE_LIMITED'
  | 'SCAN_UNAVAILABLE'
  | 'TIMEOUT'
  | 'UNAUTHENTICATED'
  | 'UNAVAILABLE'
  | 'UNSUPPORTED_FORMAT'
  | 'VALUE_TOO_LARGE';

/** All limits of an agent's runs, or of all runs of the organisation: what is absent limits nothing. */
export type SetRunLimitsInput = {
  /** Node executions, those of the runs that its nodes start included. */
  executionsMax?: number | null | undefined;
  /** Absent: the organisation. */
  graphId?: string | number | null | undefined;
  /** Dispatches at once: a node execution each, or up to a hundred of a pure block. */
  inFlightMax?: number | null | undefined;
  /** Runs at once; the others stay QUEUED. Those that nodes start are not counted. */
  runningMax?: number | null | undefined;
  /** Seconds from its start, waiting included. */
  wallSecondsMax?: number | null | undefined;
};

export type UsageByDayQueryVariables = Exact<{
  days: number;
}>;


export type UsageByDayQuery = { llmUsageByDay: Array<{ day: string, usage: { calls: number, inputTokens: number, outputTokens: number, costMicroUsd: number, unpricedCalls: number, byModel: Array<{ provider: string, model: string, calls: number, inputTokens: number, outputTokens: number, costMicroUsd: number | null }> } }> };

export type UsageLimitPartsFragment = { graphId: string | null, executionsMax: number | null, wallSecondsMax: number | null, inFlightMax: number | null, runningMax: number | null, updatedAt: string | null, updatedBy: { id: string, name: string } | null };

export type UsageLimitsQueryVariables = Exact<{ [key: string]: never; }>;


export type UsageLimitsQuery = { runLimits: { graphId: string | null, executionsMax: number | null, wallSecondsMax: number | null, inFlightMax: number | null, runningMax: number | null, updatedAt: string | null, updatedBy: { id: string, name: string } | null } };

export type UsageSetLimitsMutationVariables = Exact<{
  input: Types.SetRunLimitsInput;
}>;


export type UsageSetLimitsMutation = { setRunLimits: { errors: Array<{ code: Types.ErrorCode, message: string, remedy: string | null, path: Array<string> }>, limits: { graphId: string | null, executionsMax: number | null, wallSecondsMax: number | null, inFlightMax: number | null, runningMax: number | null, updatedAt: string | null, updatedBy: { id: string, name: string } | null } | null } };

export type UsageProviderCostsQueryVariables = Exact<{ [key: string]: never; }>;


export type UsageProviderCostsQuery = { providers: Array<{ name: string, title: string, costs: Array<{ amount: number, type: string, filter: unknown, divisor: number }> }> };

export const UsageLimitPartsFragmentDoc = {"kind":"Document","definitions":[{"kind":"FragmentDefinition","name":{"kind":"Name","value":"UsageLimitParts"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"RunLimitSettings"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"graphId"}},{"kind":"Field","name":{"kind":"Name","value":"executionsMax"}},{"kind":"Field","name":{"kind":"Name","value":"wallSecondsMax"}},{"kind":"Field","name":{"kind":"Name","value":"inFlightMax"}},{"kind":"Field","name":{"kind":"Name","value":"runningMax"}},{"kind":"Field","name":{"kind":"Name","value":"updatedBy"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"name"}}]}},{"kind":"Field","name":{"kind":"Name","value":"updatedAt"}}]}}]} as unknown as DocumentNode<UsageLimitPartsFragment, unknown>;
export const UsageByDayDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"UsageByDay"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"days"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"Int"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"llmUsageByDay"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"days"},"value":{"kind":"Variable","name":{"kind":"Name","value":"days"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"day"}},{"kind":"Field","name":{"kind":"Name","value":"usage"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"calls"}},{"kind":"Field","name":{"kind":"Name","value":"inputTokens"}},{"kind":"Field","name":{"kind":"Name","value":"outputTokens"}},{"kind":"Field","name":{"kind":"Name","value":"costMicroUsd"}},{"kind":"Field","name":{"kind":"Name","value":"unpricedCalls"}},{"kind":"Field","name":{"kind":"Name","value":"byModel"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"provider"}},{"kind":"Field","name":{"kind":"Name","value":"model"}},{"kind":"Field","name":{"kind":"Name","value":"calls"}},{"kind":"Field","name":{"kind":"Name","value":"inputTokens"}},{"kind":"Field","name":{"kind":"Name","value":"outputTokens"}},{"kind":"Field","name":{"kind":"Name","value":"costMicroUsd"}}]}}]}}]}}]}}]} as unknown as DocumentNode<UsageByDayQuery, UsageByDayQueryVariables>;
export const UsageLimitsDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"UsageLimits"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"runLimits"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"UsageLimitParts"}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"UsageLimitParts"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"RunLimitSettings"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"graphId"}},{"kind":"Field","name":{"kind":"Name","value":"executionsMax"}},{"kind":"Field","name":{"kind":"Name","value":"wallSecondsMax"}},{"kind":"Field","name":{"kind":"Name","value":"inFlightMax"}},{"kind":"Field","name":{"kind":"Name","value":"runningMax"}},{"kind":"Field","name":{"kind":"Name","value":"updatedBy"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"name"}}]}},{"kind":"Field","name":{"kind":"Name","value":"updatedAt"}}]}}]} as unknown as DocumentNode<UsageLimitsQuery, UsageLimitsQueryVariables>;
export const UsageSetLimitsDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"UsageSetLimits"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"input"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"SetRunLimitsInput"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"setRunLimits"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"input"},"value":{"kind":"Variable","name":{"kind":"Name","value":"input"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"errors"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}},{"kind":"Field","name":{"kind":"Name","value":"remedy"}},{"kind":"Field","name":{"kind":"Name","value":"path"}}]}},{"kind":"Field","name":{"kind":"Name","value":"limits"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"UsageLimitParts"}}]}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"UsageLimitParts"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"RunLimitSettings"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"graphId"}},{"kind":"Field","name":{"kind":"Name","value":"executionsMax"}},{"kind":"Field","name":{"kind":"Name","value":"wallSecondsMax"}},{"kind":"Field","name":{"kind":"Name","value":"inFlightMax"}},{"kind":"Field","name":{"kind":"Name","value":"runningMax"}},{"kind":"Field","name":{"kind":"Name","value":"updatedBy"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"name"}}]}},{"kind":"Field","name":{"kind":"Name","value":"updatedAt"}}]}}]} as unknown as DocumentNode<UsageSetLimitsMutation, UsageSetLimitsMutationVariables>;
export const UsageProviderCostsDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"UsageProviderCosts"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"providers"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"title"}},{"kind":"Field","name":{"kind":"Name","value":"costs"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"amount"}},{"kind":"Field","name":{"kind":"Name","value":"type"}},{"kind":"Field","name":{"kind":"Name","value":"filter"}},{"kind":"Field","name":{"kind":"Name","value":"divisor"}}]}}]}}]}}]} as unknown as DocumentNode<UsageProviderCostsQuery, UsageProviderCostsQueryVariables>;
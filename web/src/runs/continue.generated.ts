/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import type * as Types from '../data/schema.generated';

import type { TypedDocumentNode as DocumentNode } from '@graphql-typed-document-node/core';
/** START: nothing is taken over, it begins anew with the same inputs. FAILED: all that ended well is taken over. NODES: the same, but `nodeIds` and all that lies behind them run again. */
export type ContinueMode =
  | 'FAILED'
  | 'NODES'
  | 'START';

export type ContinueRunInput = {
  /** Absent: those that the run was given. */
  credentials?: Array<RunCredentialInput> | null | undefined;
  /** As in `startRun`; a preview does not use it. */
  idempotencyKey?: string | null | undefined;
  /** {name: value}: those inputs of the run that are to be others. */
  inputs?: unknown;
  mode?: ContinueMode;
  /** With the mode NODES, and only with it. */
  nodeIds?: Array<string> | null | undefined;
  nodeInputs?: Array<NodeInputsInput> | null | undefined;
  outputs?: Array<NodeOutputsInput> | null | undefined;
  /** Over or not; it is not changed. */
  runId: string | number;
  /** Another version of the agent. Absent: what the run was made of. */
  version?: number | null | undefined;
};

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

/** Where a file stands with the scanner: only a CLEAN one is for use. */
export type FileStatus =
  | 'CLEAN'
  | 'INFECTED'
  | 'PENDING'
  | 'UNSCANNABLE';

/** What a node is to be given, in every execution, in place of what would come. */
export type NodeInputsInput = {
  /** {pin: value} */
  inputs: unknown;
  nodeId: string;
};

/** What a node is to have given, instead of running. */
export type NodeOutputsInput = {
  nodeId: string;
  /** Which execution of it, from 1. Absent: all. */
  ordinal?: number | null | undefined;
  /** {pin: [values]} */
  outputs: unknown;
};

/** CHOSEN: you said so. EDITED: its input is written anew. BEHIND: something before it runs again. FAILED: it failed. INPUT_CHANGED, CONFIGURATION_CHANGED: it is given something else, or it is another block or has other constants. SECRET_INPUT: a secret comes to it by a link, and records have none to compare. NOT_RECORDED: it has not run to its end. */
export type RunAgainReason =
  | 'BEHIND'
  | 'CHOSEN'
  | 'CONFIGURATION_CHANGED'
  | 'EDITED'
  | 'FAILED'
  | 'INPUT_CHANGED'
  | 'NOT_RECORDED'
  | 'SECRET_INPUT';

/** Which credential fills one of the places that an agent asks for. */
export type RunCredentialInput = {
  credentialId: string | number;
  /** The place, as the agent's `credentialsInputSchema` names it. */
  key: string;
};

/** A state of a run or of a node execution. A terminal one never changes again. */
export type State =
  | 'COMPLETED'
  | 'FAILED'
  | 'INCOMPLETE'
  | 'PAUSED'
  | 'QUEUED'
  | 'REVIEW'
  | 'RUNNING'
  | 'TERMINATED';

export type ContinueDataQueryVariables = Exact<{
  graphId: string | number;
}>;


export type ContinueDataQuery = { graph: { id: string, activeVersion: { number: number } | null, versions: { nodes: Array<{ number: number, name: string | null, createdAt: string }> } } | null };

export type ContinueSchemaQueryVariables = Exact<{
  graphId: string | number;
  version: number;
}>;


export type ContinueSchemaQuery = { graphVersion: { id: string, number: number, inputSchema: unknown, document: unknown } | null };

export type ContinuePreviewQueryVariables = Exact<{
  input: Types.ContinueRunInput;
}>;


export type ContinuePreviewQuery = { continuationPreview: { graphVersion: number, reusedCount: number, editedCount: number, lackingNodeIds: Array<string>, nodes: Array<{ nodeId: string, title: string, reusedCount: number, editedCount: number, readyCount: number, recordedCount: number, reasons: Array<Types.RunAgainReason> }> } };

export type ContinueRecordedQueryVariables = Exact<{
  id: string | number;
  nodeId: string;
}>;


export type ContinueRecordedQuery = { run: { id: string, nodeExecutions: { nodes: Array<{ id: string, ordinal: number, status: Types.State, inputs: Array<{ pin: string, value: { preview: string, size: number, type: string, isInline: boolean, valueUrl: string | null, json: unknown, file: { id: string, name: string, mediaType: string, size: number, status: Types.FileStatus, downloadUrl: string | null } | null } }>, outputs: Array<{ sequence: number, pin: string, value: { preview: string, size: number, type: string, isInline: boolean, valueUrl: string | null, json: unknown, file: { id: string, name: string, mediaType: string, size: number, status: Types.FileStatus, downloadUrl: string | null } | null } }> }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } } };

export type ContinueNodeCostQueryVariables = Exact<{
  id: string | number;
  nodeId: string;
}>;


export type ContinueNodeCostQuery = { run: { id: string, nodeExecutions: { nodes: Array<{ id: string, llmUsage: { calls: number, costMicroUsd: number, unpricedCalls: number } }>, pageInfo: { hasNextPage: boolean } } } };

export type ContinueStartMutationVariables = Exact<{
  input: Types.ContinueRunInput;
}>;


export type ContinueStartMutation = { continueRun: { errors: Array<{ code: Types.ErrorCode, message: string, remedy: string | null, path: Array<string>, reason: string | null }>, run: { id: string, status: Types.State } | null } };


export const ContinueDataDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"ContinueData"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"graphId"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"graph"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"id"},"value":{"kind":"Variable","name":{"kind":"Name","value":"graphId"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"activeVersion"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"number"}}]}},{"kind":"Field","name":{"kind":"Name","value":"versions"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"IntValue","value":"50"}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"nodes"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"number"}},{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"createdAt"}}]}}]}}]}}]}}]} as unknown as DocumentNode<ContinueDataQuery, ContinueDataQueryVariables>;
export const ContinueSchemaDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"ContinueSchema"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"graphId"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"version"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"Int"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"graphVersion"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"graphId"},"value":{"kind":"Variable","name":{"kind":"Name","value":"graphId"}}},{"kind":"Argument","name":{"kind":"Name","value":"number"},"value":{"kind":"Variable","name":{"kind":"Name","value":"version"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"number"}},{"kind":"Field","name":{"kind":"Name","value":"inputSchema"}},{"kind":"Field","name":{"kind":"Name","value":"document"}}]}}]}}]} as unknown as DocumentNode<ContinueSchemaQuery, ContinueSchemaQueryVariables>;
export const ContinuePreviewDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"ContinuePreview"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"input"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ContinueRunInput"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"continuationPreview"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"input"},"value":{"kind":"Variable","name":{"kind":"Name","value":"input"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"graphVersion"}},{"kind":"Field","name":{"kind":"Name","value":"nodes"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"nodeId"}},{"kind":"Field","name":{"kind":"Name","value":"title"}},{"kind":"Field","name":{"kind":"Name","value":"reusedCount"}},{"kind":"Field","name":{"kind":"Name","value":"editedCount"}},{"kind":"Field","name":{"kind":"Name","value":"readyCount"}},{"kind":"Field","name":{"kind":"Name","value":"recordedCount"}},{"kind":"Field","name":{"kind":"Name","value":"reasons"}}]}},{"kind":"Field","name":{"kind":"Name","value":"reusedCount"}},{"kind":"Field","name":{"kind":"Name","value":"editedCount"}},{"kind":"Field","name":{"kind":"Name","value":"lackingNodeIds"}}]}}]}}]} as unknown as DocumentNode<ContinuePreviewQuery, ContinuePreviewQueryVariables>;
export const ContinueRecordedDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"ContinueRecorded"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"id"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"nodeId"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"run"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"id"},"value":{"kind":"Variable","name":{"kind":"Name","value":"id"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"nodeExecutions"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"nodeId"},"value":{"kind":"Variable","name":{"kind":"Name","value":"nodeId"}}},{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"IntValue","value":"10"}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"nodes"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"ordinal"}},{"kind":"Field","name":{"kind":"Name","value":"status"}},{"kind":"Field","name":{"kind":"Name","value":"inputs"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"pin"}},{"kind":"Field","name":{"kind":"Name","value":"value"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"ValueParts"}}]}}]}},{"kind":"Field","name":{"kind":"Name","value":"outputs"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"IntValue","value":"20"}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"sequence"}},{"kind":"Field","name":{"kind":"Name","value":"pin"}},{"kind":"Field","name":{"kind":"Name","value":"value"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"ValueParts"}}]}}]}}]}},{"kind":"Field","name":{"kind":"Name","value":"pageInfo"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"hasNextPage"}},{"kind":"Field","name":{"kind":"Name","value":"endCursor"}}]}}]}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"ValueParts"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Value"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"preview"}},{"kind":"Field","name":{"kind":"Name","value":"size"}},{"kind":"Field","name":{"kind":"Name","value":"type"}},{"kind":"Field","name":{"kind":"Name","value":"isInline"}},{"kind":"Field","alias":{"kind":"Name","value":"json"},"name":{"kind":"Name","value":"inline"}},{"kind":"Field","name":{"kind":"Name","value":"valueUrl"}},{"kind":"Field","name":{"kind":"Name","value":"file"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"mediaType"}},{"kind":"Field","name":{"kind":"Name","value":"size"}},{"kind":"Field","name":{"kind":"Name","value":"status"}},{"kind":"Field","name":{"kind":"Name","value":"downloadUrl"}}]}}]}}]} as unknown as DocumentNode<ContinueRecordedQuery, ContinueRecordedQueryVariables>;
export const ContinueNodeCostDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"ContinueNodeCost"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"id"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"nodeId"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"run"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"id"},"value":{"kind":"Variable","name":{"kind":"Name","value":"id"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"nodeExecutions"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"nodeId"},"value":{"kind":"Variable","name":{"kind":"Name","value":"nodeId"}}},{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"IntValue","value":"100"}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"nodes"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"llmUsage"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"calls"}},{"kind":"Field","name":{"kind":"Name","value":"costMicroUsd"}},{"kind":"Field","name":{"kind":"Name","value":"unpricedCalls"}}]}}]}},{"kind":"Field","name":{"kind":"Name","value":"pageInfo"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"hasNextPage"}}]}}]}}]}}]}}]} as unknown as DocumentNode<ContinueNodeCostQuery, ContinueNodeCostQueryVariables>;
export const ContinueStartDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"ContinueStart"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"input"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ContinueRunInput"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"continueRun"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"input"},"value":{"kind":"Variable","name":{"kind":"Name","value":"input"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"errors"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}},{"kind":"Field","name":{"kind":"Name","value":"remedy"}},{"kind":"Field","name":{"kind":"Name","value":"path"}},{"kind":"Field","name":{"kind":"Name","value":"reason"}}]}},{"kind":"Field","name":{"kind":"Name","value":"run"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"status"}}]}}]}}]}}]} as unknown as DocumentNode<ContinueStartMutation, ContinueStartMutationVariables>;
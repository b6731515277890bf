/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import type * as Types from '../data/schema.generated';

import type { TypedDocumentNode as DocumentNode } from '@graphql-typed-document-node/core';
/** What a credential consists of. */
export type CredentialType =
  | 'API_KEY'
  | 'HOST_SCOPED'
  | 'OAUTH2'
  | 'USER_PASSWORD';

/** What names a credential. AGENT: nodes of an agent's active version; DRAFT: those of its draft alone; ATTACHMENT: an agent that a webhook starts is given it; WEBHOOK: the hook is registered with it at its provider. */
export type CredentialUseKind =
  | 'AGENT'
  | 'ATTACHMENT'
  | 'DRAFT'
  | 'PRESET'
  | 'SCHEDULE'
  | 'WEBHOOK';

export type CredentialUsePartsFragment = { kind: Types.CredentialUseKind, id: string | null, name: string | null, graphId: string | null, graphName: string | null, nodesCount: number, isPaused: boolean };

export type CredentialUsesQueryVariables = Exact<{
  id: string | number;
}>;


export type CredentialUsesQuery = { credential: { id: string, uses: Array<{ kind: Types.CredentialUseKind, id: string | null, name: string | null, graphId: string | null, graphName: string | null, nodesCount: number, isPaused: boolean }> } };

export type CredentialUseCountsQueryVariables = Exact<{
  provider?: string | null | undefined;
  type?: Types.CredentialType | null | undefined;
  first?: number | null | undefined;
  after?: string | null | undefined;
}>;


export type CredentialUseCountsQuery = { credentials: { nodes: Array<{ id: string, uses: Array<{ kind: Types.CredentialUseKind }> }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } };

export const CredentialUsePartsFragmentDoc = {"kind":"Document","definitions":[{"kind":"FragmentDefinition","name":{"kind":"Name","value":"CredentialUseParts"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"CredentialUse"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"kind"}},{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"graphId"}},{"kind":"Field","name":{"kind":"Name","value":"graphName"}},{"kind":"Field","name":{"kind":"Name","value":"nodesCount"}},{"kind":"Field","name":{"kind":"Name","value":"isPaused"}}]}}]} as unknown as DocumentNode<CredentialUsePartsFragment, unknown>;
export const CredentialUsesDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"CredentialUses"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"id"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"credential"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"id"},"value":{"kind":"Variable","name":{"kind":"Name","value":"id"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"uses"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"CredentialUseParts"}}]}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"CredentialUseParts"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"CredentialUse"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"kind"}},{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"graphId"}},{"kind":"Field","name":{"kind":"Name","value":"graphName"}},{"kind":"Field","name":{"kind":"Name","value":"nodesCount"}},{"kind":"Field","name":{"kind":"Name","value":"isPaused"}}]}}]} as unknown as DocumentNode<CredentialUsesQuery, CredentialUsesQueryVariables>;
export const CredentialUseCountsDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"CredentialUseCounts"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"provider"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"type"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"CredentialType"}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"first"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"Int"}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"after"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"credentials"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"provider"},"value":{"kind":"Variable","name":{"kind":"Name","value":"provider"}}},{"kind":"Argument","name":{"kind":"Name","value":"type"},"value":{"kind":"Variable","name":{"kind":"Name","value":"type"}}},{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"Variable","name":{"kind":"Name","value":"first"}}},{"kind":"Argument","name":{"kind":"Name","value":"after"},"value":{"kind":"Variable","name":{"kind":"Name","value":"after"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"nodes"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"uses"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"kind"}}]}}]}},{"kind":"Field","name":{"kind":"Name","value":"pageInfo"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"hasNextPage"}},{"kind":"Field","name":{"kind":"Name","value":"endCursor"}}]}}]}}]}}]} as unknown as DocumentNode<CredentialUseCountsQuery, CredentialUseCountsQueryVariables>;
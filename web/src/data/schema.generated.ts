export type Maybe<T> = T | null;
export type InputMaybe<T> = Maybe<T>;
/** All built-in and custom scalars, mapped to their actual values */
export type Scalars = {
  ID: { input: string; output: string; }
  String: { input: string; output: string; }
  Boolean: { input: boolean; output: boolean; }
  Int: { input: number; output: number; }
  Float: { input: number; output: number; }
  /** Date (isoformat) */
  Date: { input: string; output: string; }
  /** Date with time (isoformat) */
  DateTime: { input: string; output: string; }
  /** The `JSON` scalar type represents JSON values as specified by [ECMA-404](https://ecma-international.org/wp-content/uploads/ECMA-404_2nd_edition_december_2017.pdf). */
  JSON: { input: unknown; output: unknown; }
};

export type AcceptInvitationInput = {
  name: Scalars['String']['input'];
  /** A new account's password; one that exists keeps its own. */
  password: Scalars['String']['input'];
  token: Scalars['String']['input'];
};

/** Exactly one of the two. */
export type AddToLibraryInput = {
  /** An agent of your organisation. */
  graphId?: InputMaybe<Scalars['ID']['input']>;
  /** A listing, which is copied. */
  listingId?: InputMaybe<Scalars['ID']['input']>;
};

/** A key of a program, without its secret. */
export type ApiKey = {
  createdAt: Scalars['DateTime']['output'];
  expiresAt?: Maybe<Scalars['DateTime']['output']>;
  id: Scalars['ID']['output'];
  /** When it was used last, to the minute. */
  lastUsedAt?: Maybe<Scalars['DateTime']['output']>;
  name: Scalars['String']['output'];
  /** Whose key it is; null for one who has left. */
  owner?: Maybe<Member>;
  /** The key's beginning, by which it is recognised. It is no secret. */
  prefix: Scalars['String']['output'];
  revokedAt?: Maybe<Scalars['DateTime']['output']>;
  /** What it may do, at most; never more than its person's role gives. */
  scopes: Array<Scalars['String']['output']>;
};

export type ApiKeyPayload = Payload & {
  apiKey?: Maybe<ApiKey>;
  /** Empty where the mutation was done. */
  errors: Array<Problem>;
  /** The whole key. Shown once. */
  token?: Maybe<Scalars['String']['output']>;
};

export type ApiKeySecret = {
  /** Where it may be sent beside its provider's own hosts: `host`, `host:port` or `*.domain`. A server of one's own that speaks its provider's API is one. */
  hosts?: Array<Scalars['String']['input']>;
  key: Scalars['String']['input'];
};

/** What a run asks people. While it waits no worker is held, and everything else in the run goes on. */
export type Approval = Node & {
  agentName: Scalars['String']['output'];
  /** Whether who started the run may decide. */
  allowsSelf: Scalars['Boolean']['output'];
  /** Who started the run; null for one who has left, and for what no person started. */
  askedBy?: Maybe<Member>;
  /** What they said. */
  comment?: Maybe<Scalars['String']['output']>;
  createdAt: Scalars['DateTime']['output'];
  /** What stands to be approved: the first who approves may edit it, the others approve what it has become. Once it is approved, what was. */
  currentData: Value;
  /** What is to be approved, as it was asked. */
  data: Value;
  /** Null: it waits without end. */
  deadline?: Maybe<Scalars['DateTime']['output']>;
  decidedAt?: Maybe<Scalars['DateTime']['output']>;
  /** Whose word decided; null where time did, and for one who has left. */
  decidedBy?: Maybe<Member>;
  /** JSON Schema of the data, which makes the form; null: any. */
  form?: Maybe<Scalars['JSON']['output']>;
  id: Scalars['ID']['output'];
  /** Whether the data may be edited before it is approved. */
  isEditable: Scalars['Boolean']['output'];
  /** Whether its time was over once, and others are asked since. */
  isEscalated: Scalars['Boolean']['output'];
  kind: ApprovalKind;
  /** The links to it, those that have ended, too. */
  links: Array<ApprovalLink>;
  /** Whether you may decide it now. */
  mayDecide: Scalars['Boolean']['output'];
  message: Scalars['String']['output'];
  /** How many people must approve. One rejection rejects. */
  needed: Scalars['Int']['output'];
  nodeExecutionId: Scalars['ID']['output'];
  /** The node, as the graph's file names it. */
  nodeId: Scalars['String']['output'];
  onTimeout: ApprovalOnTimeout;
  /** The roles that decide now; none: everybody with the right `approvals:decide`. */
  roles: Array<Role>;
  runId: Scalars['ID']['output'];
  status: ApprovalStatus;
  /** What is asked, in a line. */
  title: Scalars['String']['output'];
  /** What was said, in that order. */
  votes: Array<ApprovalVote>;
};

/** A page of a list. */
export type ApprovalConnection = {
  edges: Array<ApprovalEdge>;
  /** The elements, without their cursors. */
  nodes: Array<Approval>;
  pageInfo: PageInfo;
  /** How many elements the whole list has; null where that is not counted. */
  totalCount?: Maybe<Scalars['Int']['output']>;
};

/** One element of a list, with the cursor behind which the next page begins. */
export type ApprovalEdge = {
  cursor: Scalars['String']['output'];
  node: Approval;
};

/** QUESTION: a node asks. INPUTS: the node's block is sensitive, and these are the inputs that it is to run with. */
export type ApprovalKind =
  | 'INPUTS'
  | 'QUESTION';

/** A link by which one person may decide one approval, once, without signing in. Its token is shown when it is made. */
export type ApprovalLink = {
  createdAt: Scalars['DateTime']['output'];
  /** Who made it. */
  createdBy?: Maybe<Member>;
  expiresAt: Scalars['DateTime']['output'];
  id: Scalars['ID']['output'];
  /** In whose name it decides; null for one who has left. */
  person?: Maybe<Member>;
  revokedAt?: Maybe<Scalars['DateTime']['output']>;
  usedAt?: Maybe<Scalars['DateTime']['output']>;
};

export type ApprovalLinkPayload = Payload & {
  /** Empty where the mutation was done. */
  errors: Array<Problem>;
  link?: Maybe<ApprovalLink>;
  /** Shown once: who has it decides in that person's name, once. */
  token?: Maybe<Scalars['String']['output']>;
};

/** What happens at the deadline: the node fails, the data counts as approved or rejected, or others are asked, once. */
export type ApprovalOnTimeout =
  | 'APPROVE'
  | 'ESCALATE'
  | 'FAIL'
  | 'REJECT';

export type ApprovalPayload = Payload & {
  approval?: Maybe<Approval>;
  /** Empty where the mutation was done. */
  errors: Array<Problem>;
};

/** How an approval stands. CANCELLED: its run or its node is over, so nobody asks any more. */
export type ApprovalStatus =
  | 'APPROVED'
  | 'CANCELLED'
  | 'PENDING'
  | 'REJECTED'
  | 'TIMED_OUT';

/** What one person said to an approval. */
export type ApprovalVote = {
  at: Scalars['DateTime']['output'];
  comment?: Maybe<Scalars['String']['output']>;
  /** The data that they approved. */
  data?: Maybe<Value>;
  isApproval: Scalars['Boolean']['output'];
  /** Null for one who has left. */
  person?: Maybe<Member>;
  /** session, key or link: how they were known. */
  source: Scalars['String']['output'];
};

export type AttachToWebhookInput = {
  credentials?: Array<RunCredentialInput>;
  /** The events that it takes, as deliveries name them; none: all. */
  events?: Array<Scalars['String']['input']>;
  /** The agent; or else `presetId`. */
  graphId?: InputMaybe<Scalars['ID']['input']>;
  /** Pins it to a version. */
  graphVersion?: InputMaybe<Scalars['Int']['input']>;
  /** The input that takes what comes; absent: the agent's trigger takes it. */
  inputName?: InputMaybe<Scalars['String']['input']>;
  /** {input's name: value}; none that is secret. */
  inputs?: Scalars['JSON']['input'];
  /** A preset of yours. */
  presetId?: InputMaybe<Scalars['ID']['input']>;
  webhookId: Scalars['ID']['input'];
};

export type AttachmentPayload = Payload & {
  attachment?: Maybe<WebhookAttachment>;
  /** Empty where the mutation was done. */
  errors: Array<Problem>;
  /** What a run will miss. */
  warnings: Array<Scalars['String']['output']>;
};

/** One attempt at a node execution that has ended. */
export type Attempt = {
  endedAt: Scalars['DateTime']['output'];
  /** Null for the one that succeeded. */
  error?: Maybe<Failure>;
  /** From 1; a repeated one has the next number. */
  number: Scalars['Int']['output'];
  /** How long it waited for a worker, in its queue and for its turn among what was dispatched with it; null where that is not known, as of what ran within a workflow task. */
  queuedSeconds?: Maybe<Scalars['Float']['output']>;
  startedAt: Scalars['DateTime']['output'];
  /** How long the next one waited after it, by the node's policy; null where none followed. */
  waitSeconds?: Maybe<Scalars['Float']['output']>;
};

/** A line of the audit log. */
export type AuditEntry = {
  /** Who did it; null for one who has left. */
  actor?: Maybe<Member>;
  at: Scalars['DateTime']['output'];
  code?: Maybe<Scalars['String']['output']>;
  id: Scalars['ID']['output'];
  ip?: Maybe<Scalars['String']['output']>;
  /** By which key, if by one. */
  keyId?: Maybe<Scalars['ID']['output']>;
  /** What it was about. */
  objectId?: Maybe<Scalars['String']['output']>;
  /** The operation's name. */
  operation: Scalars['String']['output'];
  /** ALLOWED before it ran, DENIED where it did not, REFUSED where it ran and gave an error. */
  outcome: Scalars['String']['output'];
  requestId: Scalars['String']['output'];
};

/** A page of a list. */
export type AuditEntryConnection = {
  edges: Array<AuditEntryEdge>;
  /** The elements, without their cursors. */
  nodes: Array<AuditEntry>;
  pageInfo: PageInfo;
  /** How many elements the whole list has; null where that is not counted. */
  totalCount?: Maybe<Scalars['Int']['output']>;
};

/** One element of a list, with the cursor behind which the next page begins. */
export type AuditEntryEdge = {
  cursor: Scalars['String']['output'];
  node: AuditEntry;
};

export type BackfillScheduleInput = {
  from: Scalars['DateTime']['input'];
  id: Scalars['ID']['input'];
  /** For these times only: one after the other, where nothing else is said. */
  overlap?: ScheduleOverlap;
  /** Not later than now. */
  to: Scalars['DateTime']['input'];
};

export type BackfillSchedulePayload = Payload & {
  /** Empty where the mutation was done. */
  errors: Array<Problem>;
  schedule?: Maybe<Schedule>;
  /** The times of the range; their runs come one after the other, see `fires`. */
  times: Array<Scalars['DateTime']['output']>;
};

export type BeginOAuthInput = {
  /** A credential of this provider whose scopes are to be widened, instead of a new one. */
  credentialId?: InputMaybe<Scalars['ID']['input']>;
  provider: Scalars['String']['input'];
  scopes: Array<Scalars['String']['input']>;
  title: Scalars['String']['input'];
};

/** What a node does: a block with typed inputs and outputs. */
export type Block = Node & {
  categories: Array<Scalars['String']['output']>;
  /** What a run of it costs; empty: nothing. */
  costs: Array<BlockCost>;
  /** Empty for a block that is known by name only. */
  description: Scalars['String']['output'];
  /** Why nodes of it fail on the API's machine, such as for want of a sandbox; null: they need not. */
  disabledReason?: Maybe<Scalars['String']['output']>;
  examples: Array<BlockExample>;
  id: Scalars['ID']['output'];
  /** The JSON Schema of its input: a property is a pin. */
  inputSchema: Scalars['JSON']['output'];
  /** False: known by name only; nodes of it are kept, shown and exported, and do not run. */
  isInstalled: Scalars['Boolean']['output'];
  /** Whether it does what a person may want to be asked about first. */
  isSensitive: Scalars['Boolean']['output'];
  /** Whether links from it are static: their values are never used up. */
  isStatic: Scalars['Boolean']['output'];
  kind: BlockKind;
  name: Scalars['String']['output'];
  /** The JSON Schema of its output: a property is a pin. */
  outputSchema: Scalars['JSON']['output'];
  /** Its id as files have it: the `block_id` of a node. It is the same everywhere. */
  uuid: Scalars['String']['output'];
};

/** A category of blocks. */
export type BlockCategory = {
  /** How many blocks are in it. */
  count: Scalars['Int']['output'];
  name: Scalars['String']['output'];
};

/** A page of a list. */
export type BlockConnection = {
  edges: Array<BlockEdge>;
  /** The elements, without their cursors. */
  nodes: Array<Block>;
  pageInfo: PageInfo;
  /** How many elements the whole list has; null where that is not counted. */
  totalCount?: Maybe<Scalars['Int']['output']>;
};

/** What a run of a block costs, where its input matches the filter. */
export type BlockCost = {
  /** Credits; 100 are one dollar. */
  amount: Scalars['Int']['output'];
  divisor: Scalars['Int']['output'];
  /** A part of the input that must be so. */
  filter: Scalars['JSON']['output'];
  /** RUN, BYTE, SECOND, ITEMS, COST_USD or TOKENS: what is counted. */
  type: Scalars['String']['output'];
};

/** One element of a list, with the cursor behind which the next page begins. */
export type BlockEdge = {
  cursor: Scalars['String']['output'];
  node: Block;
};

/** A value on an output pin. */
export type BlockEmission = {
  pin: Scalars['String']['output'];
  value?: Maybe<Scalars['JSON']['output']>;
};

/** Why a block failed. */
export type BlockError = {
  code: Scalars['String']['output'];
  message: Scalars['String']['output'];
};

/** An input of a block and what it gives for it. */
export type BlockExample = {
  input: Scalars['JSON']['output'];
  output: Array<BlockEmission>;
};

/** What a node of a block is to a run. */
export type BlockKind =
  | 'AGENT'
  | 'HUMAN'
  | 'INPUT'
  | 'NOTE'
  | 'OUTPUT'
  | 'STANDARD'
  | 'WEBHOOK';

/** Times by the calendar, where all fields fit. */
export type Calendar = {
  day: Scalars['String']['output'];
  hour: Scalars['String']['output'];
  minute: Scalars['String']['output'];
  month: Scalars['String']['output'];
  weekday: Scalars['String']['output'];
  year: Scalars['String']['output'];
};

/** Times by the calendar, where all fields fit. Nothing given: each day at 00:00. */
export type CalendarInput = {
  /** As a field of a cron line: `*`, `5`, `1-5`, `*\/2`, `9-17/2`, `1,15`. Of the month. */
  day?: Scalars['String']['input'];
  /** As a field of a cron line: `*`, `5`, `1-5`, `*\/2`, `9-17/2`, `1,15`. */
  hour?: Scalars['String']['input'];
  /** As a field of a cron line: `*`, `5`, `1-5`, `*\/2`, `9-17/2`, `1,15`. */
  minute?: Scalars['String']['input'];
  /** As a field of a cron line: `*`, `5`, `1-5`, `*\/2`, `9-17/2`, `1,15`; `jan` to `dec`, too. */
  month?: Scalars['String']['input'];
  /** As a field of a cron line: `*`, `5`, `1-5`, `*\/2`, `9-17/2`, `1,15`; 0 and 7 are Sunday; `mon-fri`, too. */
  weekday?: Scalars['String']['input'];
  /** As a field of a cron line: `*`, `5`, `1-5`, `*\/2`, `9-17/2`, `1,15`. */
  year?: Scalars['String']['input'];
};

export type CancelRunInput = {
  id: Scalars['ID']['input'];
  /** Shown as the run's error. */
  reason?: Scalars['String']['input'];
};

export type ChangePasswordInput = {
  newPassword: Scalars['String']['input'];
  /** Empty for an owner's first password, which the owner's own API key sets. */
  oldPassword: Scalars['String']['input'];
};

/** A credential that was chosen for one of an agent's credential groups. */
export type ChosenCredential = {
  credentialId: Scalars['ID']['output'];
  /** The group's key in the agent's credentials schema. */
  key: Scalars['String']['output'];
};

/** A link, as a comparison names it: by its ends. */
export type ComparedLink = {
  isStatic: Scalars['Boolean']['output'];
  sinkId: Scalars['String']['output'];
  sinkName: Scalars['String']['output'];
  sourceId: Scalars['String']['output'];
  sourceName: Scalars['String']['output'];
};

/** A node, as a comparison names it. */
export type ComparedNode = {
  blockId: Scalars['String']['output'];
  blockName: Scalars['String']['output'];
  nodeId: Scalars['String']['output'];
  title?: Maybe<Scalars['String']['output']>;
};

/** What becomes of a node where a run is continued. */
export type ContinuationNode = {
  /** Executions that give what you wrote. */
  editedCount: Scalars['Int']['output'];
  /** The node, as the graph's file names it. */
  nodeId: Scalars['String']['output'];
  /** Executions that begin at once. */
  readyCount: Scalars['Int']['output'];
  /** Why it, or some of it, runs again; empty where it does not. */
  reasons: Array<RunAgainReason>;
  /** Executions that were over in the run that is continued. */
  recordedCount: Scalars['Int']['output'];
  /** Executions that are taken over. */
  reusedCount: Scalars['Int']['output'];
  title: Scalars['String']['output'];
};

/** What a run that continues another would take over, and what would run again. */
export type ContinuationPreview = {
  /** Node executions that give what you wrote. */
  editedCount: Scalars['Int']['output'];
  /** The agent's version that would run. */
  graphVersion: Scalars['Int']['output'];
  /** Nodes of the run that the version has not. */
  lackingNodeIds: Array<Scalars['String']['output']>;
  /** In the graph's order. */
  nodes: Array<ContinuationNode>;
  /** Node executions that are taken over: they cost nothing and do not run. */
  reusedCount: Scalars['Int']['output'];
};

/** START: nothing is taken over, it begins anew with the same inputs. FAILED: all that ended well is taken over. NODES: the same, but `nodeIds` and all that lies behind them run again. */
export type ContinueMode =
  | 'FAILED'
  | 'NODES'
  | 'START';

export type ContinueRunInput = {
  /** Absent: those that the run was given. */
  credentials?: InputMaybe<Array<RunCredentialInput>>;
  /** As in `startRun`; a preview does not use it. */
  idempotencyKey?: InputMaybe<Scalars['String']['input']>;
  /** {name: value}: those inputs of the run that are to be others. */
  inputs?: InputMaybe<Scalars['JSON']['input']>;
  mode?: ContinueMode;
  /** With the mode NODES, and only with it. */
  nodeIds?: InputMaybe<Array<Scalars['String']['input']>>;
  nodeInputs?: InputMaybe<Array<NodeInputsInput>>;
  outputs?: InputMaybe<Array<NodeOutputsInput>>;
  /** Over or not; it is not changed. */
  runId: Scalars['ID']['input'];
  /** Another version of the agent. Absent: what the run was made of. */
  version?: InputMaybe<Scalars['Int']['input']>;
};

export type CreateApiKeyInput = {
  expiresInDays?: InputMaybe<Scalars['Int']['input']>;
  name: Scalars['String']['input'];
  /** Rights, as `viewer.rights` lists them. */
  scopes: Array<Scalars['String']['input']>;
};

export type CreateCredentialInput = {
  /** Let every member of the organisation use it. Otherwise only you see and use it. */
  isShared?: Scalars['Boolean']['input'];
  /** The service that it is for; `http` for headers to hosts. */
  provider: Scalars['String']['input'];
  secret: SecretInput;
  title: Scalars['String']['input'];
};

export type CreateFolderInput = {
  name: Scalars['String']['input'];
  /** Absent: at the top. */
  parentId?: InputMaybe<Scalars['ID']['input']>;
};

export type CreateGraphInput = {
  description?: Scalars['String']['input'];
  /** Nodes and links to begin with; its own id, name and description do not count. */
  document?: InputMaybe<Scalars['JSON']['input']>;
  name: Scalars['String']['input'];
};

export type CreateListingInput = {
  graphId: Scalars['ID']['input'];
  /** A published version; else the active one. */
  graphVersion?: InputMaybe<Scalars['Int']['input']>;
  /** 2 to 60 small letters, digits and hyphens; it never changes. */
  slug: Scalars['String']['input'];
  texts: ListingTexts;
};

export type CreateListingVersionInput = {
  /** A published version; else the active one. */
  graphVersion?: InputMaybe<Scalars['Int']['input']>;
  listingId: Scalars['ID']['input'];
  texts: ListingTexts;
};

export type CreateOrganisationInput = {
  name: Scalars['String']['input'];
};

export type CreatePresetInput = {
  credentials?: Array<RunCredentialInput>;
  description?: Scalars['String']['input'];
  graphId: Scalars['ID']['input'];
  /** Pins the preset to a version. */
  graphVersion?: InputMaybe<Scalars['Int']['input']>;
  /** {input's name: value}; none that is secret. */
  inputs?: Scalars['JSON']['input'];
  name: Scalars['String']['input'];
};

export type CreateScheduleInput = {
  /** What was missed while nothing worked is made up for if it is not older than this: 10 seconds to 366 days. */
  catchUpSeconds?: Scalars['Int']['input'];
  credentials?: Array<RunCredentialInput>;
  graphId: Scalars['ID']['input'];
  /** Pins it to a version; absent: it runs the one that is active when its time comes. */
  graphVersion?: InputMaybe<Scalars['Int']['input']>;
  /** {input's name: value}; none that is secret. */
  inputs?: Scalars['JSON']['input'];
  /** Begin paused. */
  isPaused?: Scalars['Boolean']['input'];
  name: Scalars['String']['input'];
  note?: InputMaybe<Scalars['String']['input']>;
  overlap?: ScheduleOverlap;
  spec: ScheduleSpecInput;
};

export type CreateWebhookInput = {
  /** A credential of the provider by which the webhook is registered there; GITHUB has that. */
  credentialId?: InputMaybe<Scalars['ID']['input']>;
  /** The events that the provider is asked to send; none: all. */
  events?: Array<Scalars['String']['input']>;
  /** False, of a GENERIC one: the address is the only proof that a delivery needs. */
  isSigned?: Scalars['Boolean']['input'];
  name: Scalars['String']['input'];
  provider?: WebhookProvider;
  /** What the provider is to watch: a repository, as `owner/name`. */
  resource?: InputMaybe<Scalars['String']['input']>;
  /** What the sender signs with, where that is made there, as Slack does; absent: one is made. */
  secret?: InputMaybe<Scalars['String']['input']>;
};

/** A credential: what it is for. Its secret is never shown. */
export type Credential = Node & {
  createdAt: Scalars['DateTime']['output'];
  /** Since when its provider refuses it; it must be connected again. Null: it is in force. */
  endedAt?: Maybe<Scalars['DateTime']['output']>;
  /** When the token that it holds ends. It is renewed before, where its provider allows. */
  expiresAt?: Maybe<Scalars['DateTime']['output']>;
  /** The hosts that it may be sent to; empty: those of its provider. */
  hosts: Array<Scalars['String']['output']>;
  id: Scalars['ID']['output'];
  /** Whether every member of the organisation may use it, and not its owner alone. */
  isShared: Scalars['Boolean']['output'];
  /** The last four characters of its secret; null where that would tell too much of it. */
  last4?: Maybe<Scalars['String']['output']>;
  /** Whose it is; null for one that is shared. */
  owner?: Maybe<Member>;
  /** The service that it is for, such as `github`; `http` for headers of one's own. */
  provider: Scalars['String']['output'];
  /** What was granted; only OAUTH2 has any. */
  scopes: Array<Scalars['String']['output']>;
  title: Scalars['String']['output'];
  type: CredentialType;
  updatedAt: Scalars['DateTime']['output'];
  /** When a node used it last, to the minute. */
  usedAt?: Maybe<Scalars['DateTime']['output']>;
  /** What names it in this organisation: agents first, then what starts them; at most 200. */
  uses: Array<CredentialUse>;
  /** Its id as nodes have it: the `id` of a reference in a node's inputs. */
  uuid: Scalars['String']['output'];
};

/** A page of a list. */
export type CredentialConnection = {
  edges: Array<CredentialEdge>;
  /** The elements, without their cursors. */
  nodes: Array<Credential>;
  pageInfo: PageInfo;
  /** How many elements the whole list has; null where that is not counted. */
  totalCount?: Maybe<Scalars['Int']['output']>;
};

/** One element of a list, with the cursor behind which the next page begins. */
export type CredentialEdge = {
  cursor: Scalars['String']['output'];
  node: Credential;
};

export type CredentialPayload = Payload & {
  credential?: Maybe<Credential>;
  /** Empty where the mutation was done. */
  errors: Array<Problem>;
};

/** A place in an agent that needs a credential. */
export type CredentialPlace = {
  /** The agent, or one that it runs, as its file names it. */
  graphId: Scalars['String']['output'];
  nodeId: Scalars['String']['output'];
  nodeTitle?: Maybe<Scalars['String']['output']>;
  pin: Scalars['String']['output'];
};

/** What one credential of a run is needed for: all places that want the same. */
export type CredentialRequirement = {
  /** The demo of language models answers here where no credential is chosen. */
  hasDemo: Scalars['Boolean']['output'];
  /** Whether the agent cannot run without; else its nodes are left out, or run without. */
  isRequired: Scalars['Boolean']['output'];
  /** Its key in the agent's `credentials_input_schema`, and in the input of a run. */
  key: Scalars['String']['output'];
  places: Array<CredentialPlace>;
  /** The providers that fit. */
  providers: Array<Scalars['String']['output']>;
  /** The scopes that it must have, if it is of type OAUTH2. */
  scopes: Array<Scalars['String']['output']>;
  /** The types that fit. */
  types: Array<CredentialType>;
  /** What it is used with, such as the models or the addresses that the nodes name. */
  usedWith: Array<Scalars['String']['output']>;
};

/** What a credential consists of. */
export type CredentialType =
  | 'API_KEY'
  | 'HOST_SCOPED'
  | 'OAUTH2'
  | 'USER_PASSWORD';

/** Something that names a credential, and lacks it once that is deleted. */
export type CredentialUse = {
  /** The agent that it is of, or starts; null for a webhook. */
  graphId?: Maybe<Scalars['ID']['output']>;
  /** That agent's name. */
  graphName?: Maybe<Scalars['String']['output']>;
  /** The agent, preset, schedule, attachment or webhook; null: it is another person's. */
  id?: Maybe<Scalars['ID']['output']>;
  /** Whether it is a schedule or a webhook that is paused. */
  isPaused: Scalars['Boolean']['output'];
  kind: CredentialUseKind;
  /** What it is called, an attachment by its webhook; null: it is another person's. */
  name?: Maybe<Scalars['String']['output']>;
  /** How many nodes of an agent name it; else 0. */
  nodesCount: Scalars['Int']['output'];
};

/** What names a credential. AGENT: nodes of an agent's active version; DRAFT: those of its draft alone; ATTACHMENT: an agent that a webhook starts is given it; WEBHOOK: the hook is registered with it at its provider. */
export type CredentialUseKind =
  | 'AGENT'
  | 'ATTACHMENT'
  | 'DRAFT'
  | 'PRESET'
  | 'SCHEDULE'
  | 'WEBHOOK';

export type DecideApprovalInput = {
  /** False: it is rejected. */
  approve: Scalars['Boolean']['input'];
  comment?: InputMaybe<Scalars['String']['input']>;
  /** The data as you edited it; left out: what stands. Where several must approve, send what you saw: if others have changed it since, that is a CONFLICT. */
  data?: InputMaybe<Scalars['JSON']['input']>;
  id: Scalars['ID']['input'];
};

export type DecideByLinkInput = {
  /** False: it is rejected. */
  approve: Scalars['Boolean']['input'];
  comment?: InputMaybe<Scalars['String']['input']>;
  /** The data as you edited it. */
  data?: InputMaybe<Scalars['JSON']['input']>;
  token: Scalars['String']['input'];
};

export type DecideByLinkPayload = Payload & {
  /** Empty where the mutation was done. */
  errors: Array<Problem>;
  /** PENDING: others must approve, too. */
  status?: Maybe<ApprovalStatus>;
};

export type DeleteFolderPayload = Payload & {
  deletedId?: Maybe<Scalars['ID']['output']>;
  /** Empty where the mutation was done. */
  errors: Array<Problem>;
};

export type DeleteGraphPayload = Payload & {
  deletedId?: Maybe<Scalars['ID']['output']>;
  /** Schedules of it, which went with it. */
  deletedSchedulesCount: Scalars['Int']['output'];
  /** Webhooks' attachments, which went with it. */
  detachedWebhooksCount: Scalars['Int']['output'];
  /** Empty where the mutation was done. */
  errors: Array<Problem>;
};

export type DeleteRunPayload = Payload & {
  /** The run and those that its nodes started. */
  deletedCount: Scalars['Int']['output'];
  deletedId?: Maybe<Scalars['ID']['output']>;
  /** Empty where the mutation was done. */
  errors: Array<Problem>;
};

export type DeleteWebhookPayload = Payload & {
  /** Empty where the mutation was done. */
  errors: Array<Problem>;
  isDone: Scalars['Boolean']['output'];
  /** Why the provider still has the hook. What it sends is not accepted any more. */
  warning?: Maybe<Scalars['String']['output']>;
};

/** What became of a delivery at an attachment: a run, or why there is none. */
export type DeliveryRun = {
  attachmentId: Scalars['ID']['output'];
  createdAt: Scalars['DateTime']['output'];
  error?: Maybe<WebhookProblem>;
  /** Whether it is still to be done. */
  isPending: Scalars['Boolean']['output'];
  /** 0: the delivery itself; above: its replays. */
  replay: Scalars['Int']['output'];
  /** Who asked for the replay. */
  replayedBy?: Maybe<Member>;
  /** Null: there is none yet, there is an error, or it was deleted. */
  run?: Maybe<Run>;
};

export type DonePayload = Payload & {
  /** Empty where the mutation was done. */
  errors: Array<Problem>;
  isDone: Scalars['Boolean']['output'];
};

export type EditNodeInputInput = {
  /** Makes it safe to ask again: the same key with the same request is the same order, with another request CONFLICT. */
  idempotencyKey?: InputMaybe<Scalars['String']['input']>;
  /** {pin: value}: in place of what came; other pins stay as they are. */
  inputs: Scalars['JSON']['input'];
  nodeExecutionId: Scalars['ID']['input'];
};

/** A value that a node execution emitted. */
export type Emission = {
  /** When it was written. */
  at?: Maybe<Scalars['DateTime']['output']>;
  pin: Scalars['String']['output'];
  /** Its place in the order of its execution, from 0. */
  sequence: Scalars['Int']['output'];
  value: Value;
};

/** A node execution emitted a value. It stands, and is told once, also where the node is tried again. */
export type Emitted = NodeEvent & RunEvent & {
  at: Scalars['DateTime']['output'];
  /** Subscribe `after` it to go on exactly behind this event, on any server. */
  cursor: Scalars['String']['output'];
  /** The execution's number in its run. */
  execution: Scalars['Int']['output'];
  /** The execution's id, for `node`. */
  nodeExecutionId: Scalars['ID']['output'];
  /** The node, as the graph's file names it. */
  nodeId: Scalars['String']['output'];
  pin: Scalars['String']['output'];
  runId: Scalars['ID']['output'];
  /** Its place in the order of its execution, from 0. */
  sequence: Scalars['Int']['output'];
  /** What the node is called; null where its plan is not readable any more. */
  title?: Maybe<Scalars['String']['output']>;
  value: Value;
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

/** Why a run or a node execution did not complete. */
export type Failure = {
  /** From a closed list, such as BLOCK_FAILED or TIMEOUT. */
  code: Scalars['String']['output'];
  /** What else is known of it. */
  details?: Maybe<Scalars['JSON']['output']>;
  message: Scalars['String']['output'];
  /** The node whose failure it was, as the graph's file names it, where it was one's. */
  nodeId?: Maybe<Scalars['String']['output']>;
  /** The pin whose value was the reason. */
  pin?: Maybe<Scalars['String']['output']>;
};

export type FeatureListingInput = {
  isFeatured?: Scalars['Boolean']['input'];
  listingId: Scalars['ID']['input'];
};

/** How true a node of a file is to the node that it stands for. */
export type Fidelity =
  /** Something of it is not as it was; `why` says what. */
  | 'CHANGED'
  | 'EXACT'
  /** Its block is not installed here: it shows and exports, and does not run. */
  | 'PLACEHOLDER';

/** A field that changed. Null stands for one that is not there. */
export type FieldChange = {
  new?: Maybe<Scalars['JSON']['output']>;
  old?: Maybe<Scalars['JSON']['output']>;
  path: Array<Scalars['String']['output']>;
};

/** A file that was uploaded, or that a run stored. Its bytes are got by `downloadUrl`, and sent to POST /files. */
export type File = Node & {
  createdAt: Scalars['DateTime']['output'];
  /** Where its bytes are got, with the same token; null where it may not be used. */
  downloadUrl?: Maybe<Scalars['String']['output']>;
  id: Scalars['ID']['output'];
  /** Its type, from a closed list, by how the file begins. */
  mediaType: Scalars['String']['output'];
  /** What stands for it as an agent's input, and in what runs give: a media value. */
  mediaValue: Scalars['String']['output'];
  name: Scalars['String']['output'];
  /** Who uploaded it, or for whom a run stored it; null for one who has left, and where nobody started the run. */
  owner?: Maybe<Member>;
  /** Where its owner's workspace has it; null for a file that has no path. */
  path?: Maybe<Scalars['String']['output']>;
  /** The run that stored it; null for one that was uploaded, and where the run was deleted. */
  runId?: Maybe<Scalars['ID']['output']>;
  scannedAt?: Maybe<Scalars['DateTime']['output']>;
  /** The scanner and the version of its signatures; null: nothing scanned the file, also where it is CLEAN. */
  scannedBy?: Maybe<Scalars['String']['output']>;
  /** Of its bytes, in hexadecimal digits; empty while it is PENDING. */
  sha256: Scalars['String']['output'];
  /** What the scanner found, or why it could not scan; null for a clean file. */
  signature?: Maybe<Scalars['String']['output']>;
  /** Bytes, as a float: a file may have more than an Int counts. */
  size: Scalars['Float']['output'];
  status: FileStatus;
};

/** A page of a list. */
export type FileConnection = {
  edges: Array<FileEdge>;
  /** The elements, without their cursors. */
  nodes: Array<File>;
  pageInfo: PageInfo;
  /** How many elements the whole list has; null where that is not counted. */
  totalCount?: Maybe<Scalars['Int']['output']>;
};

/** One element of a list, with the cursor behind which the next page begins. */
export type FileEdge = {
  cursor: Scalars['String']['output'];
  node: File;
};

/** Where a file stands with the scanner: only a CLEAN one is for use. */
export type FileStatus =
  | 'CLEAN'
  | 'INFECTED'
  | 'PENDING'
  | 'UNSCANNABLE';

/** How bad a finding is: it does not work; it works worse than it should; or nothing is wrong. */
export type FindingSeverity =
  | 'ERROR'
  | 'INFO'
  | 'WARNING';

/** What of the installation works. What was seen is kept for five seconds. */
export type Fleet = {
  /** What `drystone doctor` finds of all that is shared, the worst first; what only a machine's own settings and files show is left out. */
  findings: Array<FleetFinding>;
  /** Accepted runs that wait to be started. */
  outboxRuns?: Maybe<Scalars['Int']['output']>;
  /** The processes, those that were silent for ten minutes left out; at most 500. */
  processes?: Maybe<Array<FleetProcess>>;
  /** The task queues; null: Temporal is away. */
  queues?: Maybe<Array<FleetQueue>>;
  /** Open runs by state. */
  runs?: Maybe<Array<FleetRuns>>;
};


/** What of the installation works. What was seen is kept for five seconds. */
export type FleetFindingsArgs = {
  severity?: InputMaybe<FindingSeverity>;
};

/** One thing that the doctor found. `code` is from the closed list of docs/doctor.md. */
export type FleetFinding = {
  code: Scalars['String']['output'];
  /** What to do. */
  remedy: Scalars['String']['output'];
  severity: FindingSeverity;
  /** What was seen there. */
  what: Scalars['String']['output'];
  /** What it is about: a server, a task queue, a run, a file. */
  where: Scalars['String']['output'];
};

/** A worker that asks for the tasks of a queue. */
export type FleetPoller = {
  /** The version of the engine that it is of; null: it is unversioned. */
  buildId?: Maybe<Scalars['String']['output']>;
  /** How many more it could take. */
  freeSlots?: Maybe<Scalars['Int']['output']>;
  /** Its process and its machine, as the worker says it. */
  identity: Scalars['String']['output'];
  polledAt: Scalars['DateTime']['output'];
  /** How many tasks it works on; null: it has not said. It says so once a minute. */
  usedSlots?: Maybe<Scalars['Int']['output']>;
};

/** A process of this installation, by what it says of itself every ten seconds. */
export type FleetProcess = {
  buildId?: Maybe<Scalars['String']['output']>;
  host: Scalars['String']['output'];
  /** It has not said anything for so long that it is dead, or does not reach PostgreSQL. */
  isSilent: Scalars['Boolean']['output'];
  pid: Scalars['Int']['output'];
  /** `api`, or a worker's roles. */
  roles: Array<Scalars['String']['output']>;
  seenAt: Scalars['DateTime']['output'];
  startedAt: Scalars['DateTime']['output'];
  /** Of Drystone. */
  version: Scalars['String']['output'];
};

/** A task queue at a moment; the numbers are Temporal's estimates. */
export type FleetQueue = {
  /** Tasks that wait. */
  backlog: Scalars['Int']['output'];
  /** How long the oldest of them waits. */
  backlogSeconds: Scalars['Float']['output'];
  name: Scalars['String']['output'];
  /** Workers that serve it, at most 100. */
  pollers: Array<FleetPoller>;
  /** Tasks a second that come. */
  rateIn: Scalars['Float']['output'];
  /** Tasks a second that are handed out. */
  rateOut: Scalars['Float']['output'];
};

/** Open runs of all organisations in one state; at most 100,000 are counted. */
export type FleetRuns = {
  count: Scalars['Int']['output'];
  status: Scalars['String']['output'];
};

/** A folder of agents and library entries, possibly inside another. */
export type Folder = Node & {
  createdAt: Scalars['DateTime']['output'];
  id: Scalars['ID']['output'];
  name: Scalars['String']['output'];
  /** The folder that it is in; null at the top. */
  parent?: Maybe<Folder>;
};

/** A page of a list. */
export type FolderConnection = {
  edges: Array<FolderEdge>;
  /** The elements, without their cursors. */
  nodes: Array<Folder>;
  pageInfo: PageInfo;
  /** How many elements the whole list has; null where that is not counted. */
  totalCount?: Maybe<Scalars['Int']['output']>;
};

/** One element of a list, with the cursor behind which the next page begins. */
export type FolderEdge = {
  cursor: Scalars['String']['output'];
  node: Folder;
};

export type FolderPayload = Payload & {
  /** Empty where the mutation was done. */
  errors: Array<Problem>;
  folder?: Maybe<Folder>;
};

export type ForgetMemoryInput = {
  /** The agent that keeps it; null: what all agents share. */
  graphId?: InputMaybe<Scalars['ID']['input']>;
  key: Scalars['String']['input'];
};

export type ForkGraphInput = {
  id: Scalars['ID']['input'];
  /** Absent: the name that it has. */
  name?: InputMaybe<Scalars['String']['input']>;
  /** Absent: the active version. */
  version?: InputMaybe<Scalars['Int']['input']>;
};

/** An agent: a graph with a draft and versions, of which one is active and runs. */
export type Graph = Node & {
  /** The version that runs; null until one is published. */
  activeVersion?: Maybe<GraphVersion>;
  createdAt: Scalars['DateTime']['output'];
  /** Who made it; null for one who has left, and for what no person made. */
  createdBy?: Maybe<Member>;
  description: Scalars['String']['output'];
  /** What is being edited; where nothing is, what the active version says. */
  draft?: Maybe<GraphDraft>;
  /** Where it is filed; null at the top. */
  folder?: Maybe<Folder>;
  /** The version that it was made from by `forkGraph`, where that is still here. */
  forkedFrom?: Maybe<GraphVersion>;
  id: Scalars['ID']['output'];
  /** The JSON Schema of a run's inputs, by the active version; null where there is none. */
  inputSchema?: Maybe<Scalars['JSON']['output']>;
  /** The active version's; the draft's where there is no version yet. */
  name: Scalars['String']['output'];
  /** The JSON Schema of a run's outputs, by the active version; null where there is none. */
  outputSchema?: Maybe<Scalars['JSON']['output']>;
  /** When its draft, its versions or the choice of the active one last changed. */
  updatedAt: Scalars['DateTime']['output'];
  /** Its id as files have it: the `graph_id` of a node that runs this agent. */
  uuid: Scalars['String']['output'];
  /** All versions, the newest first. */
  versions: GraphVersionConnection;
};


/** An agent: a graph with a draft and versions, of which one is active and runs. */
export type GraphVersionsArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  first?: InputMaybe<Scalars['Int']['input']>;
};

/** A page of a list. */
export type GraphConnection = {
  edges: Array<GraphEdge>;
  /** The elements, without their cursors. */
  nodes: Array<Graph>;
  pageInfo: PageInfo;
  /** How many elements the whole list has; null where that is not counted. */
  totalCount?: Maybe<Scalars['Int']['output']>;
};

/** What differs between two versions; a node is the same node where it has the same id. */
export type GraphDiff = {
  linksAdded: Array<ComparedLink>;
  /** As they are now: static, or no longer. */
  linksChanged: Array<ComparedLink>;
  linksRemoved: Array<ComparedLink>;
  nodesAdded: Array<ComparedNode>;
  nodesChanged: Array<NodeChange>;
  nodesRemoved: Array<ComparedNode>;
  /** Name, description, policies and what else it says. */
  settings: Array<FieldChange>;
};

/** What of an agent is being edited. */
export type GraphDraft = {
  /** The graph as a file says it. */
  document: Scalars['JSON']['output'];
  /** The JSON Schema of the inputs of a run of it. */
  inputSchema: Scalars['JSON']['output'];
  /** Every problem that it has; with an error it cannot be published. */
  problems: Array<GraphProblem>;
  /** What `updateDraft` and `publishGraph` must name; 0 where nothing was edited since the active version. */
  revision: Scalars['Int']['output'];
  updatedAt: Scalars['DateTime']['output'];
  /** Who changed it last; null for one who has left. */
  updatedBy?: Maybe<Member>;
};

/** One element of a list, with the cursor behind which the next page begins. */
export type GraphEdge = {
  cursor: Scalars['String']['output'];
  node: Graph;
};

/** An agent as a file. */
export type GraphExport = {
  /** The file, with every agent that it runs. Secrets, credentials' ids and the owner are not in it. */
  document: Scalars['JSON']['output'];
  /** A line for each node, of the agents in it, too. */
  fidelity: Array<NodeFidelity>;
};

export type GraphPayload = Payload & {
  /** Empty where the mutation was done. */
  errors: Array<Problem>;
  graph?: Maybe<Graph>;
  /** What is wrong with the draft; it was kept all the same. */
  problems: Array<GraphProblem>;
};

/** One thing that is wrong with a graph: where, what, and what to do. */
export type GraphProblem = {
  /** Which kind of problem, such as DANGLING_LINK. */
  code: Scalars['String']['output'];
  /** The bundled agent, if it is in one. */
  graphId?: Maybe<Scalars['String']['output']>;
  linkId?: Maybe<Scalars['String']['output']>;
  message: Scalars['String']['output'];
  /** The node, as the document names it. */
  nodeId?: Maybe<Scalars['String']['output']>;
  /** Where in the document, for a document that is no graph at all. */
  path: Array<Scalars['String']['output']>;
  pin?: Maybe<Scalars['String']['output']>;
  remedy: Scalars['String']['output'];
  severity: Severity;
};

/** An immutable version of an agent. */
export type GraphVersion = Node & {
  createdAt: Scalars['DateTime']['output'];
  /** The graph as a file says it. `exportGraph` gives one that may leave. */
  document: Scalars['JSON']['output'];
  /** The agent that it is a version of; null once that is deleted. */
  graph?: Maybe<Graph>;
  /** Whether a node of it is a trigger that waits for a call from outside. */
  hasExternalTrigger: Scalars['Boolean']['output'];
  /** Whether a node of it asks a person. */
  hasHumanInTheLoop: Scalars['Boolean']['output'];
  id: Scalars['ID']['output'];
  /** The JSON Schema of the inputs of a run. */
  inputSchema: Scalars['JSON']['output'];
  /** Whether this is the version that runs. */
  isActive: Scalars['Boolean']['output'];
  /** What it was called when it was published, if anything. */
  name?: Maybe<Scalars['String']['output']>;
  nodesCount: Scalars['Int']['output'];
  notes?: Maybe<Scalars['String']['output']>;
  number: Scalars['Int']['output'];
  /** The JSON Schema of the outputs of a run. */
  outputSchema: Scalars['JSON']['output'];
  /** Every problem that it has; with an error, or a block that is not installed, it does not run. */
  problems: Array<GraphProblem>;
  /** Who published or imported it; null for one who has left, and for what no person did. */
  publishedBy?: Maybe<Member>;
};

/** A page of a list. */
export type GraphVersionConnection = {
  edges: Array<GraphVersionEdge>;
  /** The elements, without their cursors. */
  nodes: Array<GraphVersion>;
  pageInfo: PageInfo;
  /** How many elements the whole list has; null where that is not counted. */
  totalCount?: Maybe<Scalars['Int']['output']>;
};

/** One element of a list, with the cursor behind which the next page begins. */
export type GraphVersionEdge = {
  cursor: Scalars['String']['output'];
  node: GraphVersion;
};

export type GraphVersionInput = {
  graphId: Scalars['ID']['input'];
  number: Scalars['Int']['input'];
};

export type GraphVersionPayload = Payload & {
  /** Empty where the mutation was done. */
  errors: Array<Problem>;
  graph?: Maybe<Graph>;
  version?: Maybe<GraphVersion>;
};

/** Why something halts: an operator paused it, a limit was met, a credential is missing, a provider does not answer, a node failed, or a block takes or gives something else than when the run was made. */
export type HaltKind =
  | 'BUDGET'
  | 'CONTRACT'
  | 'FAILED_NODE'
  | 'MISSING_CREDENTIAL'
  | 'OPERATOR'
  | 'PROVIDER_DOWN';

export type HeaderInput = {
  name: Scalars['String']['input'];
  value: Scalars['String']['input'];
};

export type HostScopedSecret = {
  headers: Array<HeaderInput>;
  /** `host`, `host:port` or `*.domain`. Without a port only https is meant. Headers go nowhere else. */
  hosts: Array<Scalars['String']['input']>;
};

export type ImportGraphInput = {
  /** A file of AutoGPT or of Drystone. */
  document?: InputMaybe<Scalars['JSON']['input']>;
  /** The file as an upload, in place of `document`: for one that is too large for a request. */
  fileId?: InputMaybe<Scalars['ID']['input']>;
  folderId?: InputMaybe<Scalars['ID']['input']>;
};

export type ImportGraphPayload = Payload & {
  /** The agents that came with it; they are agents of their own now. */
  bundled: Array<Graph>;
  /** Empty where the mutation was done. */
  errors: Array<Problem>;
  /** A line for each node. */
  fidelity: Array<NodeFidelity>;
  graph?: Maybe<Graph>;
  /** What keeps it from running, or may; it was kept all the same. */
  problems: Array<GraphProblem>;
  version?: Maybe<GraphVersion>;
};

export type InvitationPayload = Payload & {
  /** Empty where the mutation was done. */
  errors: Array<Problem>;
  expiresAt?: Maybe<Scalars['DateTime']['output']>;
  /** Shown once: give it to whom you invite. */
  token?: Maybe<Scalars['String']['output']>;
};

export type InviteMemberInput = {
  email: Scalars['String']['input'];
  role: Role;
};

/** An event that came before anybody waited for it. The first that waits for its name gets it. */
export type KeptEvent = {
  createdAt: Scalars['DateTime']['output'];
  name: Scalars['String']['output'];
  /** The number of its order in the run. */
  number: Scalars['Int']['output'];
  payload: Value;
};

/** An agent in the caller's library. */
export type LibraryEntry = Node & {
  createdAt: Scalars['DateTime']['output'];
  description: Scalars['String']['output'];
  folderId?: Maybe<Scalars['ID']['output']>;
  /** The agent, in the caller's organisation. */
  graphId: Scalars['ID']['output'];
  /** The version that it runs; null where it follows the agent's active version. */
  graphVersion?: Maybe<Scalars['Int']['output']>;
  id: Scalars['ID']['output'];
  isArchived: Scalars['Boolean']['output'];
  /** From a listing: whether it takes a newer version when a run is started from it. Of an own agent: whether it follows the active version. */
  isAutoUpdated: Scalars['Boolean']['output'];
  isFavourite: Scalars['Boolean']['output'];
  /** Whether the listing has a newer approved version. */
  isUpdateAvailable: Scalars['Boolean']['output'];
  /** The listing that it came from; null for an own agent, and once that is not public. */
  listing?: Maybe<Listing>;
  /** The number of the listing's version that it has. */
  listingVersion?: Maybe<Scalars['Int']['output']>;
  /** What the agent is called. */
  name: Scalars['String']['output'];
  updatedAt: Scalars['DateTime']['output'];
};

/** A page of a list. */
export type LibraryEntryConnection = {
  edges: Array<LibraryEntryEdge>;
  /** The elements, without their cursors. */
  nodes: Array<LibraryEntry>;
  pageInfo: PageInfo;
  /** How many elements the whole list has; null where that is not counted. */
  totalCount?: Maybe<Scalars['Int']['output']>;
};

/** One element of a list, with the cursor behind which the next page begins. */
export type LibraryEntryEdge = {
  cursor: Scalars['String']['output'];
  node: LibraryEntry;
};

export type LibraryEntryPayload = Payload & {
  entry?: Maybe<LibraryEntry>;
  /** Empty where the mutation was done. */
  errors: Array<Problem>;
};

/** What is asked, as who has a link to it sees it. */
export type LinkedApproval = {
  agentName: Scalars['String']['output'];
  /** What stands to be approved. */
  data: Value;
  /** When somebody must have decided; null: without end. */
  deadline?: Maybe<Scalars['DateTime']['output']>;
  /** When the link ends. */
  expiresAt: Scalars['DateTime']['output'];
  /** JSON Schema of the data, which makes the form; null: any. */
  form?: Maybe<Scalars['JSON']['output']>;
  isEditable: Scalars['Boolean']['output'];
  message: Scalars['String']['output'];
  /** Why its person may not decide it (any more); null where they may. */
  problem?: Maybe<Scalars['String']['output']>;
  status: ApprovalStatus;
  title: Scalars['String']['output'];
};

/** An agent on the marketplace. */
export type Listing = Node & {
  /** The version that everyone sees and that is installed; null while there is none. */
  active?: Maybe<ListingVersion>;
  /** The profile of the organisation whose listing it is. */
  creator?: Maybe<Profile>;
  /** The agent's id, which its copies keep. */
  graphId: Scalars['ID']['output'];
  id: Scalars['ID']['output'];
  isFeatured: Scalars['Boolean']['output'];
  /** Whether the caller's organisation is its author. */
  isOwn: Scalars['Boolean']['output'];
  /** When it was approved for the first time. */
  publishedAt?: Maybe<Scalars['DateTime']['output']>;
  /** The plain average, from 1 to 5; null until somebody has rated it. */
  ratingAverage?: Maybe<Scalars['Float']['output']>;
  ratingCount: Scalars['Int']['output'];
  /** Runs that people of other organisations started. */
  runCount: Scalars['Int']['output'];
  /** Its name in addresses, one of its creator's. */
  slug: Scalars['String']['output'];
  /** Its versions, at most 100, the newest first: approved ones, and to the author all. */
  versions: Array<ListingVersion>;
};

/** A category of listings. */
export type ListingCategory = {
  /** How many listings that everyone sees are in it. */
  count: Scalars['Int']['output'];
  name: Scalars['String']['output'];
};

/** A page of a list. */
export type ListingConnection = {
  edges: Array<ListingEdge>;
  /** The elements, without their cursors. */
  nodes: Array<Listing>;
  pageInfo: PageInfo;
  /** How many elements the whole list has; null where that is not counted. */
  totalCount?: Maybe<Scalars['Int']['output']>;
};

/** One element of a list, with the cursor behind which the next page begins. */
export type ListingEdge = {
  cursor: Scalars['String']['output'];
  node: Listing;
};

export type ListingPayload = Payload & {
  /** Empty where the mutation was done. */
  errors: Array<Problem>;
  listing?: Maybe<Listing>;
};

/** The most run first, the best rated (five ratings of 3 are counted along, so that one rating does not outrank a hundred), or the last published. */
export type ListingSort =
  | 'NEWEST'
  | 'RATING'
  | 'RUNS';

/** DRAFT until it is submitted, PENDING until somebody decides; APPROVED and REJECTED never change. */
export type ListingState =
  | 'APPROVED'
  | 'DRAFT'
  | 'PENDING'
  | 'REJECTED';

export type ListingTexts = {
  /** At most 5. */
  categories?: Array<Scalars['String']['input']>;
  /** What is new since the version before. */
  changes?: Scalars['String']['input'];
  /** Plain text, or Markdown's source; so are the others. */
  description?: Scalars['String']['input'];
  /** How to use the agent. */
  instructions?: Scalars['String']['input'];
  /** At most 10 https URLs. */
  media?: Array<Scalars['String']['input']>;
  name: Scalars['String']['input'];
  subheading?: Scalars['String']['input'];
};

/** A version of a listing: what it says, and the agent as it was when it was taken, scrubbed. */
export type ListingVersion = Node & {
  /** In small letters. */
  categories: Array<Scalars['String']['output']>;
  /** What is new since the version before; text as the description is. */
  changes: Scalars['String']['output'];
  createdAt: Scalars['DateTime']['output'];
  /** Plain text, or Markdown's source; escape it where you show it. */
  description: Scalars['String']['output'];
  /** The agent's file, with all that it runs and nothing secret: what is installed. */
  document?: Maybe<Scalars['JSON']['output']>;
  /** The version of the author's agent that it was made from; null for everyone else. */
  graphVersion?: Maybe<Scalars['Int']['output']>;
  id: Scalars['ID']['output'];
  /** How to use the agent; text as the description is. */
  instructions?: Maybe<Scalars['String']['output']>;
  /** What reviewers told one another; null for everyone else. */
  internalComments?: Maybe<Scalars['String']['output']>;
  /** The listing that it is of; null where that is not to be seen any more. */
  listing?: Maybe<Listing>;
  /** https URLs of pictures and films. */
  media: Array<Scalars['String']['output']>;
  name: Scalars['String']['output'];
  /** Its number among the listing's versions, from 1. */
  number: Scalars['Int']['output'];
  /** What the reviewer told the author; null for everyone else. */
  reviewComments?: Maybe<Scalars['String']['output']>;
  /** When it was approved or rejected. */
  reviewedAt?: Maybe<Scalars['DateTime']['output']>;
  status: ListingState;
  subheading: Scalars['String']['output'];
  /** When it was submitted last; null for a draft that never was. */
  submittedAt?: Maybe<Scalars['DateTime']['output']>;
};

/** A page of a list. */
export type ListingVersionConnection = {
  edges: Array<ListingVersionEdge>;
  /** The elements, without their cursors. */
  nodes: Array<ListingVersion>;
  pageInfo: PageInfo;
  /** How many elements the whole list has; null where that is not counted. */
  totalCount?: Maybe<Scalars['Int']['output']>;
};

/** One element of a list, with the cursor behind which the next page begins. */
export type ListingVersionEdge = {
  cursor: Scalars['String']['output'];
  node: ListingVersion;
};

export type ListingVersionPayload = Payload & {
  /** Empty where the mutation was done. */
  errors: Array<Problem>;
  version?: Maybe<ListingVersion>;
};

/** What the calls of one model used together. */
export type LlmModelUsage = {
  /** Calls that were answered. */
  calls: Scalars['Int']['output'];
  /** Millionths of a dollar; null where no call has a known price. */
  costMicroUsd?: Maybe<Scalars['Float']['output']>;
  inputTokens: Scalars['Float']['output'];
  model: Scalars['String']['output'];
  outputTokens: Scalars['Float']['output'];
  /** Who was asked; `demo`: nobody, the answers were made here. */
  provider: Scalars['String']['output'];
};

/** What calls of language models used. A call counts once, however often its node was tried; what a run took over from another is not in it. */
export type LlmUsage = {
  byModel: Array<LlmModelUsage>;
  /** Calls that were answered. */
  calls: Scalars['Int']['output'];
  /** Millionths of a dollar, of the calls whose price is known. */
  costMicroUsd: Scalars['Float']['output'];
  inputTokens: Scalars['Float']['output'];
  outputTokens: Scalars['Float']['output'];
  /** Calls whose price is not known: they are not in the cost. */
  unpricedCalls: Scalars['Int']['output'];
};

/** What the runs of one agent used, those of the agents that it ran included. */
export type LlmUsageOfAgent = {
  graphId: Scalars['ID']['output'];
  /** What it was called when it ran last; it may be deleted since. */
  name: Scalars['String']['output'];
  usage: LlmUsage;
};

/** What an organisation's runs used on a day of UTC. */
export type LlmUsageOfDay = {
  day: Scalars['Date']['output'];
  usage: LlmUsage;
};

/** What the runs that one person began used. */
export type LlmUsageOfPerson = {
  /** Who began them; null for all who have left together, and what no person began. */
  person?: Maybe<Member>;
  usage: LlmUsage;
};

/** A line that a block wrote while it ran, or a piece of text that it streamed on a pin. */
export type LogLine = {
  at: Scalars['DateTime']['output'];
  /** The attempt at it: a repeated one writes lines of its own. */
  attempt: Scalars['Int']['output'];
  /** The number of the node execution. */
  execution: Scalars['Int']['output'];
  /** debug, info, warning or error; `text` for a piece of streamed text. */
  level: Scalars['String']['output'];
  line: Scalars['String']['output'];
  /** Where a piece of text was streamed; null for a line. */
  pin?: Maybe<Scalars['String']['output']>;
};

/** A page of a list. */
export type LogLineConnection = {
  edges: Array<LogLineEdge>;
  /** The elements, without their cursors. */
  nodes: Array<LogLine>;
  pageInfo: PageInfo;
  /** How many elements the whole list has; null where that is not counted. */
  totalCount?: Maybe<Scalars['Int']['output']>;
};

/** One element of a list, with the cursor behind which the next page begins. */
export type LogLineEdge = {
  cursor: Scalars['String']['output'];
  node: LogLine;
};

/** A block wrote a line. */
export type LogWritten = NodeEvent & RunEvent & {
  at: Scalars['DateTime']['output'];
  attempt: Scalars['Int']['output'];
  /** Subscribe `after` it to go on exactly behind this event, on any server. */
  cursor: Scalars['String']['output'];
  /** The execution's number in its run. */
  execution: Scalars['Int']['output'];
  /** debug, info, warning or error. */
  level: Scalars['String']['output'];
  line: Scalars['String']['output'];
  /** The execution's id, for `node`. */
  nodeExecutionId: Scalars['ID']['output'];
  /** The node, as the graph's file names it. */
  nodeId: Scalars['String']['output'];
  runId: Scalars['ID']['output'];
  /** What the node is called; null where its plan is not readable any more. */
  title?: Maybe<Scalars['String']['output']>;
};

export type MakeApprovalLinkInput = {
  approvalId: Scalars['ID']['input'];
  expiresInHours?: Scalars['Int']['input'];
  /** In whose name it decides; left out: yours. For another member it takes `members:write`. */
  memberId?: InputMaybe<Scalars['ID']['input']>;
};

/** A tool of an MCP server, as that server describes it: it may say anything. */
export type McpTool = {
  /** Goes into a node's `tool_description`. */
  description: Scalars['String']['output'];
  /** The JSON Schema of its parameters; goes into a node's `tool_input_schema`. */
  inputSchema: Scalars['JSON']['output'];
  /** Goes into a node's `selected_tool`. */
  name: Scalars['String']['output'];
};

/** A person in the caller's organisation. */
export type Member = {
  /** Since when they are a member. */
  createdAt: Scalars['DateTime']['output'];
  email: Scalars['String']['output'];
  id: Scalars['ID']['output'];
  name: Scalars['String']['output'];
  role: Role;
};

export type MemberPayload = Payload & {
  /** Empty where the mutation was done. */
  errors: Array<Problem>;
  member?: Maybe<Member>;
};

/** A value that agents of the caller keep under a key. */
export type Memory = {
  /** The agent that keeps it; null: all agents of the caller share it. */
  graphId?: Maybe<Scalars['ID']['output']>;
  key: Scalars['String']['output'];
  /** The run that kept it. */
  runId?: Maybe<Scalars['ID']['output']>;
  /** When it was kept. */
  updatedAt: Scalars['DateTime']['output'];
  value: Value;
};

/** A page of a list. */
export type MemoryConnection = {
  edges: Array<MemoryEdge>;
  /** The elements, without their cursors. */
  nodes: Array<Memory>;
  pageInfo: PageInfo;
  /** How many elements the whole list has; null where that is not counted. */
  totalCount?: Maybe<Scalars['Int']['output']>;
};

/** One element of a list, with the cursor behind which the next page begins. */
export type MemoryEdge = {
  cursor: Scalars['String']['output'];
  node: Memory;
};

export type MoveFolderInput = {
  id: Scalars['ID']['input'];
  /** Absent: to the top. */
  parentId?: InputMaybe<Scalars['ID']['input']>;
};

export type MoveGraphInput = {
  /** Absent: out of any folder. */
  folderId?: InputMaybe<Scalars['ID']['input']>;
  graphId: Scalars['ID']['input'];
};

export type Mutation = {
  /** Accept an invitation; makes the account where there is none, and signs in. */
  acceptInvitation: SessionPayload;
  /** Make a version the one that runs. The draft stays as it is. */
  activateVersion: GraphVersionPayload;
  /** Put an agent into the caller's library. A listing's approved version becomes an agent of the organisation, with all that it runs; one that is there goes on with its own active version. Adding it again gives the same entry. */
  addToLibrary: LibraryEntryPayload;
  /** Let a webhook start an agent, or a preset of one, in your name. */
  attachToWebhook: AttachmentPayload;
  /** Have the times of a range that is over happen now. A time that had its run keeps it. UNAVAILABLE while Temporal is away. */
  backfillSchedule: BackfillSchedulePayload;
  /** Begin to grant access at a provider: send the person to the address it gives. */
  beginOAuth: OAuthPayload;
  /** Ask for the end of a run, and of those that its nodes started. It ends a moment later. */
  cancelRun: RunPayload;
  /** Change the password; every session of yours ends, and a new one begins. */
  changePassword: SessionPayload;
  /** Start a run that goes on from what another recorded, over or not: what ended well is taken over, the rest runs. */
  continueRun: RunPayload;
  /** Make an API key for yourself. */
  createApiKey: ApiKeyPayload;
  /** Keep a secret. It can be used and replaced, and never be read again. */
  createCredential: CredentialPayload;
  /** Make a folder. */
  createFolder: FolderPayload;
  /** Make an agent. It has a draft, and runs once that is published. */
  createGraph: GraphPayload;
  /** Make a listing of an own agent, with a first version as DRAFT. The snapshot has what the agent runs, and no secret. */
  createListing: ListingPayload;
  /** Make another version as DRAFT. What everyone sees stays until this one is submitted and approved. */
  createListingVersion: ListingPayload;
  /** Make a new organisation, whose owner you are. `switchOrganisation` enters it. */
  createOrganisation: OrganisationPayload;
  /** Save inputs and credentials for an agent. */
  createPreset: PresetPayload;
  /** Have an agent run at its times, in your name. */
  createSchedule: SchedulePayload;
  /** Make an address that others call. Its secret is shown once, here. */
  createWebhook: WebhookSecretPayload;
  /** Approve or reject. The first decision counts, whoever makes it: the others get CONFLICT, which says who decided and when. The same decision of the same person again is accepted and changes nothing. */
  decideApproval: ApprovalPayload;
  /** Decide by a link, in the name of whom it is for, if they may still decide. It is used up by that. */
  decideByLink: DecideByLinkPayload;
  /** Delete a credential. Its secret is gone at once; runs that need it fail. */
  deleteCredential: DonePayload;
  /** Delete a file and its bytes. */
  deleteFile: DonePayload;
  /** Take a folder away; what is in it moves to where the folder was. */
  deleteFolder: DeleteFolderPayload;
  /** Delete an agent. Its runs still show; CONFLICT, naming them, where active versions of other agents run it. */
  deleteGraph: DeleteGraphPayload;
  /** Take a listing from the marketplace for good. Copies in libraries stay, and so does its slug, unused. */
  deleteListing: DonePayload;
  /** Delete a preset; runs that it started stay. */
  deletePreset: DonePayload;
  /** Delete a run that is over, with all that it gave, and with those that its nodes started. */
  deleteRun: DeleteRunPayload;
  /** Delete a schedule. What it started goes on and stays. */
  deleteSchedule: DonePayload;
  /** Delete a webhook: its address is gone at once, and it is deregistered at the provider. What was accepted still runs. */
  deleteWebhook: DeleteWebhookPayload;
  /** Let a webhook start an agent no more. Runs that it started go on. */
  detachFromWebhook: DonePayload;
  /** Run a node execution with other inputs: one that waits for an operator or behind a pause, or that runs. */
  editNodeInput: OrderPayload;
  /** Let a node execution fail, as the graph says for a failure. */
  failNode: OrderPayload;
  /** Put a listing among the featured ones, or take it out. */
  featureListing: ListingPayload;
  /** Forget what the caller's agents keep under a key. */
  forgetMemory: DonePayload;
  /** Make a new agent from a version of one. The agents that it runs stay the same. */
  forkGraph: GraphVersionPayload;
  /** Take in a file of AutoGPT or of Drystone, with the agents in it: all of it, or nothing. Where its id is here already it becomes that agent's next version. */
  importGraph: ImportGraphPayload;
  /** Invite somebody into the organisation. */
  inviteMember: InvitationPayload;
  /** Make a link by which one person may decide an approval, once. */
  makeApprovalLink: ApprovalLinkPayload;
  /** Put a folder, with all that is in it, into another or at the top. */
  moveFolder: FolderPayload;
  /** Put an agent into a folder, or out of any. */
  moveGraph: GraphPayload;
  /** Pause a run, and those that its nodes started: no node begins until it is resumed. It is PAUSED when nothing of it runs. */
  pauseRun: OrderPayload;
  /** Let a schedule's times pass. What it started goes on. */
  pauseSchedule: SchedulePayload;
  /** Let a webhook start nothing: it answers 202, and what comes is not kept. */
  pauseWebhook: WebhookPayload;
  /** Pin outputs to a node of a draft: a run with `usePinnedOutputs` gives them instead of running the node. */
  pinNodeOutput: GraphPayload;
  /** Make an immutable version of the draft and activate it; refused, with every problem, where the draft has errors. */
  publishGraph: GraphVersionPayload;
  /** Give a run new limits, of those that it has and up to the platform's own. One that halts at a limit goes on. */
  raiseRunLimit: OrderPayload;
  /** Rate the version of a listing that your library has. Rating it again takes the place of your earlier rating. */
  rateListing: RatingPayload;
  /** Take an entry out of the caller's library. The agent, its runs and its presets stay. */
  removeFromLibrary: DonePayload;
  /** Take a member out; their sessions and keys end at once. */
  removeMember: DonePayload;
  /** Rename a folder. */
  renameFolder: FolderPayload;
  /** Rename the organisation. */
  renameOrganisation: OrganisationPayload;
  /** Let a delivery run again, as what is attached is now; each replay starts runs of its own. */
  replayDelivery: ReplayPayload;
  /** End an operator's pause, or all of them. A limit is ended by `raiseRunLimit`, a node that waits by an order of its own. */
  resumeRun: OrderPayload;
  /** Have a schedule run again at its times. Those that passed meanwhile are not made up for. */
  resumeSchedule: SchedulePayload;
  /** Let a paused webhook start runs again. */
  resumeWebhook: WebhookPayload;
  /** Run a node execution again now: one that waits for an operator, or that runs, such as in the wait before its next attempt or on a worker that hangs. What it emitted stands. */
  retryNode: OrderPayload;
  /** Approve a PENDING version, which everyone sees from then on, or reject it. Of two decisions the second is refused. */
  reviewListing: ListingVersionPayload;
  /** End an API key at once: your own, or anyone's for those who manage members. */
  revokeApiKey: ApiKeyPayload;
  /** End a link to an approval, at once. */
  revokeApprovalLink: RevokeApprovalLinkPayload;
  /** End a link to a run, at once. */
  revokeShare: RevokeSharePayload;
  /** Make an older version the one that runs, and the draft what that version says. */
  rollBack: GraphVersionPayload;
  /** Give a webhook a new secret; the old one counts for a while, too. Where the webhook is registered at the provider, it is changed there. */
  rotateWebhookSecret: WebhookSecretPayload;
  /** Run one block by itself, without a graph, once. What needs a run around it is refused, with the reason. */
  runBlock: RunBlockPayload;
  /** Start a run of an entry, in the version that it has; one that follows its listing takes the newest approved version first. The run is the caller's, and charged to the caller's organisation. */
  runLibraryEntry: RunPayload;
  /** Run one node by itself, as a durable run of its own, with inputs that you give. */
  runNode: RunPayload;
  /** Start a run with what a preset has. */
  runPreset: RunPayload;
  /** Change a member's role; nobody gives a role above their own. */
  setMemberRole: MemberPayload;
  /** Set the limits of an agent's runs, or of all runs of the organisation. Runs that were accepted keep theirs; how many run at once counts for all. */
  setRunLimits: SetRunLimitsPayload;
  /** Make a link by which anyone may read a run's outputs and status, and nothing else of it. */
  shareRun: ShareRunPayload;
  /** Sign in with an address and a password. */
  signIn: SessionPayload;
  /** End this session. */
  signOut: DonePayload;
  /** Send a named event to the one open run of an agent under a key; where there is none, one is started and has it first. */
  signalAgent: SignalPayload;
  /** Send a named event to a run. When this has answered without errors, it will be delivered, once. One that comes before anybody waits for it is kept. */
  signalRun: SignalPayload;
  /** End a node execution with these outputs, as if it had given them; behind a pause, when that is over. What it emitted before stands. A run that it started is cancelled. */
  skipNode: OrderPayload;
  /** Start a run. When this has answered, it will run, whatever happens. */
  startRun: RunPayload;
  /** Submit a DRAFT: it is PENDING until somebody decides. Refused for an agent that would not run where it is installed. */
  submitListing: ListingVersionPayload;
  /** Begin a session in another organisation that you are in. */
  switchOrganisation: SessionPayload;
  /** Take a listing from the marketplace until another version is approved. Copies in libraries stay. */
  takeDownListing: ListingPayload;
  /** Start a run of a schedule now, also of one that is paused and beside one that runs, in the name of whose it is. */
  triggerSchedule: TriggerSchedulePayload;
  /** Take the pinned outputs of a node of a draft away. */
  unpinNodeOutput: GraphPayload;
  /** Change what a webhook starts. */
  updateAttachment: AttachmentPayload;
  /** Change a credential's title, who may use it, or its secret. */
  updateCredential: CredentialPayload;
  /** Replace an agent's draft. CONFLICT where it is at another revision by now. */
  updateDraft: GraphPayload;
  /** Install the newest approved version of the listing that an entry came from. */
  updateFromListing: LibraryEntryPayload;
  /** Change an entry of the caller's library. */
  updateLibraryEntry: LibraryEntryPayload;
  /** Change a DRAFT; what is not named stays. */
  updateListingVersion: ListingVersionPayload;
  /** Change a preset. */
  updatePreset: PresetPayload;
  /** Make or change the profile of the organisation. A listing needs one. */
  updateProfile: ProfilePayload;
  /** Change a schedule; from now on it runs in your name. */
  updateSchedule: SchedulePayload;
  /** Give a webhook another name. */
  updateWebhook: WebhookPayload;
  /** Take a PENDING version back: it is a DRAFT again. */
  withdrawListing: ListingVersionPayload;
};


export type MutationAcceptInvitationArgs = {
  input: AcceptInvitationInput;
};


export type MutationActivateVersionArgs = {
  input: GraphVersionInput;
};


export type MutationAddToLibraryArgs = {
  input: AddToLibraryInput;
};


export type MutationAttachToWebhookArgs = {
  input: AttachToWebhookInput;
};


export type MutationBackfillScheduleArgs = {
  input: BackfillScheduleInput;
};


export type MutationBeginOAuthArgs = {
  input: BeginOAuthInput;
};


export type MutationCancelRunArgs = {
  input: CancelRunInput;
};


export type MutationChangePasswordArgs = {
  input: ChangePasswordInput;
};


export type MutationContinueRunArgs = {
  input: ContinueRunInput;
};


export type MutationCreateApiKeyArgs = {
  input: CreateApiKeyInput;
};


export type MutationCreateCredentialArgs = {
  input: CreateCredentialInput;
};


export type MutationCreateFolderArgs = {
  input: CreateFolderInput;
};


export type MutationCreateGraphArgs = {
  input: CreateGraphInput;
};


export type MutationCreateListingArgs = {
  input: CreateListingInput;
};


export type MutationCreateListingVersionArgs = {
  input: CreateListingVersionInput;
};


export type MutationCreateOrganisationArgs = {
  input: CreateOrganisationInput;
};


export type MutationCreatePresetArgs = {
  input: CreatePresetInput;
};


export type MutationCreateScheduleArgs = {
  input: CreateScheduleInput;
};


export type MutationCreateWebhookArgs = {
  input: CreateWebhookInput;
};


export type MutationDecideApprovalArgs = {
  input: DecideApprovalInput;
};


export type MutationDecideByLinkArgs = {
  input: DecideByLinkInput;
};


export type MutationDeleteCredentialArgs = {
  id: Scalars['ID']['input'];
};


export type MutationDeleteFileArgs = {
  id: Scalars['ID']['input'];
};


export type MutationDeleteFolderArgs = {
  id: Scalars['ID']['input'];
};


export type MutationDeleteGraphArgs = {
  id: Scalars['ID']['input'];
};


export type MutationDeleteListingArgs = {
  id: Scalars['ID']['input'];
};


export type MutationDeletePresetArgs = {
  id: Scalars['ID']['input'];
};


export type MutationDeleteRunArgs = {
  id: Scalars['ID']['input'];
};


export type MutationDeleteScheduleArgs = {
  id: Scalars['ID']['input'];
};


export type MutationDeleteWebhookArgs = {
  id: Scalars['ID']['input'];
};


export type MutationDetachFromWebhookArgs = {
  id: Scalars['ID']['input'];
};


export type MutationEditNodeInputArgs = {
  input: EditNodeInputInput;
};


export type MutationFailNodeArgs = {
  input: NodeOrderInput;
};


export type MutationFeatureListingArgs = {
  input: FeatureListingInput;
};


export type MutationForgetMemoryArgs = {
  input: ForgetMemoryInput;
};


export type MutationForkGraphArgs = {
  input: ForkGraphInput;
};


export type MutationImportGraphArgs = {
  input: ImportGraphInput;
};


export type MutationInviteMemberArgs = {
  input: InviteMemberInput;
};


export type MutationMakeApprovalLinkArgs = {
  input: MakeApprovalLinkInput;
};


export type MutationMoveFolderArgs = {
  input: MoveFolderInput;
};


export type MutationMoveGraphArgs = {
  input: MoveGraphInput;
};


export type MutationPauseRunArgs = {
  input: PauseRunInput;
};


export type MutationPauseScheduleArgs = {
  input: PauseScheduleInput;
};


export type MutationPauseWebhookArgs = {
  id: Scalars['ID']['input'];
};


export type MutationPinNodeOutputArgs = {
  input: PinNodeOutputInput;
};


export type MutationPublishGraphArgs = {
  input: PublishGraphInput;
};


export type MutationRaiseRunLimitArgs = {
  input: RaiseRunLimitInput;
};


export type MutationRateListingArgs = {
  input: RateListingInput;
};


export type MutationRemoveFromLibraryArgs = {
  id: Scalars['ID']['input'];
};


export type MutationRemoveMemberArgs = {
  id: Scalars['ID']['input'];
};


export type MutationRenameFolderArgs = {
  input: RenameFolderInput;
};


export type MutationRenameOrganisationArgs = {
  input: RenameOrganisationInput;
};


export type MutationReplayDeliveryArgs = {
  input: ReplayDeliveryInput;
};


export type MutationResumeRunArgs = {
  input: ResumeRunInput;
};


export type MutationResumeScheduleArgs = {
  input: ResumeScheduleInput;
};


export type MutationResumeWebhookArgs = {
  id: Scalars['ID']['input'];
};


export type MutationRetryNodeArgs = {
  input: NodeOrderInput;
};


export type MutationReviewListingArgs = {
  input: ReviewListingInput;
};


export type MutationRevokeApiKeyArgs = {
  id: Scalars['ID']['input'];
};


export type MutationRevokeApprovalLinkArgs = {
  id: Scalars['ID']['input'];
};


export type MutationRevokeShareArgs = {
  id: Scalars['ID']['input'];
};


export type MutationRollBackArgs = {
  input: GraphVersionInput;
};


export type MutationRotateWebhookSecretArgs = {
  input: RotateWebhookSecretInput;
};


export type MutationRunBlockArgs = {
  input: RunBlockInput;
};


export type MutationRunLibraryEntryArgs = {
  input: RunLibraryEntryInput;
};


export type MutationRunNodeArgs = {
  input: RunNodeInput;
};


export type MutationRunPresetArgs = {
  input: RunPresetInput;
};


export type MutationSetMemberRoleArgs = {
  input: SetMemberRoleInput;
};


export type MutationSetRunLimitsArgs = {
  input: SetRunLimitsInput;
};


export type MutationShareRunArgs = {
  input: ShareRunInput;
};


export type MutationSignInArgs = {
  input: SignInInput;
};


export type MutationSignalAgentArgs = {
  input: SignalAgentInput;
};


export type MutationSignalRunArgs = {
  input: SignalRunInput;
};


export type MutationSkipNodeArgs = {
  input: SkipNodeInput;
};


export type MutationStartRunArgs = {
  input: StartRunInput;
};


export type MutationSubmitListingArgs = {
  id: Scalars['ID']['input'];
};


export type MutationSwitchOrganisationArgs = {
  id: Scalars['ID']['input'];
};


export type MutationTakeDownListingArgs = {
  input: TakeDownListingInput;
};


export type MutationTriggerScheduleArgs = {
  input: TriggerScheduleInput;
};


export type MutationUnpinNodeOutputArgs = {
  input: UnpinNodeOutputInput;
};


export type MutationUpdateAttachmentArgs = {
  input: UpdateAttachmentInput;
};


export type MutationUpdateCredentialArgs = {
  input: UpdateCredentialInput;
};


export type MutationUpdateDraftArgs = {
  input: UpdateDraftInput;
};


export type MutationUpdateFromListingArgs = {
  id: Scalars['ID']['input'];
};


export type MutationUpdateLibraryEntryArgs = {
  input: UpdateLibraryEntryInput;
};


export type MutationUpdateListingVersionArgs = {
  input: UpdateListingVersionInput;
};


export type MutationUpdatePresetArgs = {
  input: UpdatePresetInput;
};


export type MutationUpdateProfileArgs = {
  input: UpdateProfileInput;
};


export type MutationUpdateScheduleArgs = {
  input: UpdateScheduleInput;
};


export type MutationUpdateWebhookArgs = {
  input: UpdateWebhookInput;
};


export type MutationWithdrawListingArgs = {
  id: Scalars['ID']['input'];
};

/** A thing with an id that is its own everywhere. */
export type Node = {
  id: Scalars['ID']['output'];
};

/** A node that both versions have, and what differs. */
export type NodeChange = {
  changes: Array<FieldChange>;
  node: ComparedNode;
};

/** Something that happened in a node execution. */
export type NodeEvent = {
  at: Scalars['DateTime']['output'];
  /** Subscribe `after` it to go on exactly behind this event, on any server. */
  cursor: Scalars['String']['output'];
  /** The execution's number in its run. */
  execution: Scalars['Int']['output'];
  /** The execution's id, for `node`. */
  nodeExecutionId: Scalars['ID']['output'];
  /** The node, as the graph's file names it. */
  nodeId: Scalars['String']['output'];
  runId: Scalars['ID']['output'];
  /** What the node is called; null where its plan is not readable any more. */
  title?: Maybe<Scalars['String']['output']>;
};

/** One execution of a node in a run. */
export type NodeExecution = Node & {
  /** What it asked people, the oldest first. */
  approvals: Array<Approval>;
  /** The attempts that have ended, the oldest first. */
  attempts: Array<Attempt>;
  /** Null where it never began. */
  blockId?: Maybe<Scalars['String']['output']>;
  /** Null where the block is not known here. */
  blockName?: Maybe<Scalars['String']['output']>;
  /** What its caller's model calls that call. */
  callId?: Maybe<Scalars['String']['output']>;
  /** The execution that called this one as a tool; null for one that data came to by links. */
  calledBy?: Maybe<NodeExecution>;
  endedAt?: Maybe<Scalars['DateTime']['output']>;
  error?: Maybe<Failure>;
  /** Its number in the run, in the order in which executions were queued; negative where its inputs never became complete. */
  execution: Scalars['Int']['output'];
  id: Scalars['ID']['output'];
  /** What its pins had, coerced as the block got it. */
  inputs: Array<PinValue>;
  /** Whether it has taken over what another run recorded, instead of running. */
  isReused: Scalars['Boolean']['output'];
  /** What its calls of language models used. */
  llmUsage: LlmUsage;
  /** When it is tried again, while it waits for that after an attempt that failed; null where it does not wait. */
  nextAttemptAt?: Maybe<Scalars['DateTime']['output']>;
  /** The node, as the graph's file names it. */
  nodeId: Scalars['String']['output'];
  /** Which execution of its node this is, from 1. */
  ordinal: Scalars['Int']['output'];
  /** What it emitted, in order: the first 20, or as many as `first` says, up to 100. `afterSequence` asks for those behind one. */
  outputs: Array<Emission>;
  /** The execution, in the run that this one's continues, whose emissions it has taken over instead of running; null for one that ran, and where that run was deleted. */
  reusedFrom?: Maybe<NodeExecution>;
  runId: Scalars['ID']['output'];
  startedAt?: Maybe<Scalars['DateTime']['output']>;
  status: State;
  /** How often it was parked and went on. */
  step: Scalars['Int']['output'];
  /** What the node is called; null where its plan is not readable any more. */
  title?: Maybe<Scalars['String']['output']>;
  /** What it waits for while it is parked, by `kind`: timer (`until`), child (`run_id`), event (`name`, `until`, `schema`), answer or tools (`calls`); null while it runs, and for one that waits behind a halt. */
  waitsFor?: Maybe<Scalars['JSON']['output']>;
};


/** One execution of a node in a run. */
export type NodeExecutionOutputsArgs = {
  afterSequence?: InputMaybe<Scalars['Int']['input']>;
  first?: InputMaybe<Scalars['Int']['input']>;
};

/** A page of a list. */
export type NodeExecutionConnection = {
  edges: Array<NodeExecutionEdge>;
  /** The elements, without their cursors. */
  nodes: Array<NodeExecution>;
  pageInfo: PageInfo;
  /** How many elements the whole list has; null where that is not counted. */
  totalCount?: Maybe<Scalars['Int']['output']>;
};

/** One element of a list, with the cursor behind which the next page begins. */
export type NodeExecutionEdge = {
  cursor: Scalars['String']['output'];
  node: NodeExecution;
};

/** What became of one node on its way into or out of a file. */
export type NodeFidelity = {
  blockName: Scalars['String']['output'];
  fidelity: Fidelity;
  /** The agent that the node is of, as the file names it. */
  graphId: Scalars['String']['output'];
  nodeId: Scalars['String']['output'];
  title?: Maybe<Scalars['String']['output']>;
  /** Empty where nothing is to be said. */
  why: Scalars['String']['output'];
};

/** What a node is to be given, in every execution, in place of what would come. */
export type NodeInputsInput = {
  /** {pin: value} */
  inputs: Scalars['JSON']['input'];
  nodeId: Scalars['String']['input'];
};

/** A node execution has a new state. A short one is told once, when it is over; one that is tried again is RUNNING again. */
export type NodeMoved = NodeEvent & RunEvent & {
  at: Scalars['DateTime']['output'];
  /** Subscribe `after` it to go on exactly behind this event, on any server. */
  cursor: Scalars['String']['output'];
  /** The execution's number in its run. */
  execution: Scalars['Int']['output'];
  /** The execution's id, for `node`. */
  nodeExecutionId: Scalars['ID']['output'];
  /** The node, as the graph's file names it. */
  nodeId: Scalars['String']['output'];
  /** Which execution of its node this is, from 1. */
  ordinal: Scalars['Int']['output'];
  runId: Scalars['ID']['output'];
  status: State;
  /** How often it was parked and went on. */
  step: Scalars['Int']['output'];
  /** What the node is called; null where its plan is not readable any more. */
  title?: Maybe<Scalars['String']['output']>;
};

export type NodeOrderInput = {
  /** Makes it safe to ask again: the same key with the same request is the same order, with another request CONFLICT. */
  idempotencyKey?: InputMaybe<Scalars['String']['input']>;
  nodeExecutionId: Scalars['ID']['input'];
};

/** What a node is to have given, instead of running. */
export type NodeOutputsInput = {
  nodeId: Scalars['String']['input'];
  /** Which execution of it, from 1. Absent: all. */
  ordinal?: InputMaybe<Scalars['Int']['input']>;
  /** {pin: [values]} */
  outputs: Scalars['JSON']['input'];
};

export type OAuthPayload = Payload & {
  /** Where to send the person. It serves once, within ten minutes. */
  authorizeUrl?: Maybe<Scalars['String']['output']>;
  /** Empty where the mutation was done. */
  errors: Array<Problem>;
};

/** A provider at which one can grant access: the `provider` of `beginOAuth`. */
export type OAuthProvider = {
  /** Where its tokens are sent to. */
  hosts: Array<Scalars['String']['output']>;
  name: Scalars['String']['output'];
};

/** What a run was told while it ran. It is delivered once, in the order of the numbers, whatever happens. */
export type Order = {
  createdAt: Scalars['DateTime']['output'];
  /** Who gave it; null for what no person gave. */
  createdBy?: Maybe<Member>;
  /** What goes with it: a reason, a mode, limits, a name. Values that it carries are not shown. */
  detail: Scalars['JSON']['output'];
  /** The node execution that it is for. */
  nodeExecutionId?: Maybe<Scalars['ID']['output']>;
  /** Its number in the run, from 1; an event that came by Temporal itself counts down from -1. */
  number: Scalars['Int']['output'];
  /** Null: the run has not taken it yet. */
  outcome?: Maybe<OrderOutcome>;
  outcomeAt?: Maybe<Scalars['DateTime']['output']>;
  /** Why it was refused. */
  reason?: Maybe<Scalars['String']['output']>;
  /** By which way it came: api, link, webhook, temporal or system. */
  source: Scalars['String']['output'];
  /** pause, resume, limits, event, answer, retry, skip, edit or fail. */
  word: Scalars['String']['output'];
};

/** A page of a list. */
export type OrderConnection = {
  edges: Array<OrderEdge>;
  /** The elements, without their cursors. */
  nodes: Array<Order>;
  pageInfo: PageInfo;
  /** How many elements the whole list has; null where that is not counted. */
  totalCount?: Maybe<Scalars['Int']['output']>;
};

/** One element of a list, with the cursor behind which the next page begins. */
export type OrderEdge = {
  cursor: Scalars['String']['output'];
  node: Order;
};

/** KEPT is an event that nobody waits for yet. APPLIED and REFUSED never change. */
export type OrderOutcome =
  | 'APPLIED'
  | 'KEPT'
  | 'REFUSED';

/** The order that was given. The run takes it a moment later, and its `outcome` says what became of it. */
export type OrderPayload = Payload & {
  /** Empty where the mutation was done. */
  errors: Array<Problem>;
  order?: Maybe<Order>;
  run?: Maybe<Run>;
};

/** An organisation: the owner of agents, runs and all else. */
export type Organisation = {
  id: Scalars['ID']['output'];
  name: Scalars['String']['output'];
  /** The caller's role in it. */
  role: Role;
};

export type OrganisationPayload = Payload & {
  /** Empty where the mutation was done. */
  errors: Array<Problem>;
  organisation?: Maybe<Organisation>;
};

/** Where a page stands in its list. */
export type PageInfo = {
  endCursor?: Maybe<Scalars['String']['output']>;
  hasNextPage: Scalars['Boolean']['output'];
  hasPreviousPage: Scalars['Boolean']['output'];
  startCursor?: Maybe<Scalars['String']['output']>;
};

/** SOFT lets what runs end. HARD also stops what can be run again at no other cost than time: pure blocks, and those that say that they are resumable. */
export type PauseMode =
  | 'HARD'
  | 'SOFT';

export type PauseRunInput = {
  id: Scalars['ID']['input'];
  /** Makes it safe to ask again: the same key with the same request is the same order, with another request CONFLICT. */
  idempotencyKey?: InputMaybe<Scalars['String']['input']>;
  mode?: PauseMode;
  /** Shown as the halt's message. */
  reason?: Scalars['String']['input'];
};

export type PauseScheduleInput = {
  id: Scalars['ID']['input'];
  /** Why; shown here and in Temporal. */
  note?: InputMaybe<Scalars['String']['input']>;
};

/** What every mutation gives: what it made, or why it did not. */
export type Payload = {
  /** Empty where the mutation was done. */
  errors: Array<Problem>;
};

/** How many values went out of a pin. */
export type PinCount = {
  count: Scalars['Int']['output'];
  pin: Scalars['String']['output'];
};

/** What to pin: `outputs`, or what an execution of the node gave. */
export type PinNodeOutputInput = {
  graphId: Scalars['ID']['input'];
  /** A node execution that has completed, of this node in any run of this agent. */
  nodeExecutionId?: InputMaybe<Scalars['ID']['input']>;
  nodeId: Scalars['String']['input'];
  /** {pin: [values]} */
  outputs?: InputMaybe<Scalars['JSON']['input']>;
  /** The draft's revision that this change was made on. */
  revision: Scalars['Int']['input'];
};

/** The value of an input pin. */
export type PinValue = {
  pin: Scalars['String']['output'];
  value: Value;
};

/** Inputs and credentials that the caller saved for an agent. */
export type Preset = Node & {
  createdAt: Scalars['DateTime']['output'];
  credentials: Array<ChosenCredential>;
  description: Scalars['String']['output'];
  graphId: Scalars['ID']['output'];
  /** The version that it runs; null: the active one. */
  graphVersion?: Maybe<Scalars['Int']['output']>;
  id: Scalars['ID']['output'];
  /** {input's name: value}; of an input that is secret now, `***`. */
  inputs: Scalars['JSON']['output'];
  /** Inputs that the agent needs and the preset has not; a run must give them. */
  missingInputs: Array<Scalars['String']['output']>;
  name: Scalars['String']['output'];
  updatedAt: Scalars['DateTime']['output'];
};

/** A page of a list. */
export type PresetConnection = {
  edges: Array<PresetEdge>;
  /** The elements, without their cursors. */
  nodes: Array<Preset>;
  pageInfo: PageInfo;
  /** How many elements the whole list has; null where that is not counted. */
  totalCount?: Maybe<Scalars['Int']['output']>;
};

/** One element of a list, with the cursor behind which the next page begins. */
export type PresetEdge = {
  cursor: Scalars['String']['output'];
  node: Preset;
};

/** What is given for one run goes before what was saved. */
export type PresetOverrides = {
  credentials?: Array<RunCredentialInput>;
  /** {input's name: value}; also those that are secret. */
  inputs?: Scalars['JSON']['input'];
};

export type PresetPayload = Payload & {
  /** Empty where the mutation was done. */
  errors: Array<Problem>;
  preset?: Maybe<Preset>;
  /** What a run will still have to be given. */
  warnings: Array<Scalars['String']['output']>;
};

/** Why a mutation did nothing. Of several, each says where and what to do. */
export type Problem = {
  code: ErrorCode;
  linkId?: Maybe<Scalars['String']['output']>;
  message: Scalars['String']['output'];
  /** The node of the graph, as its file names it. */
  nodeId?: Maybe<Scalars['String']['output']>;
  /** Where in the input. */
  path: Array<Scalars['String']['output']>;
  pin?: Maybe<Scalars['String']['output']>;
  /** A finer code, such as DANGLING_LINK of a graph. */
  reason?: Maybe<Scalars['String']['output']>;
  /** What to do about it. */
  remedy?: Maybe<Scalars['String']['output']>;
};

/** How an organisation shows itself on the marketplace. Everyone who reads listings sees it. */
export type Profile = Node & {
  /** An https URL. */
  avatarUrl?: Maybe<Scalars['String']['output']>;
  createdAt: Scalars['DateTime']['output'];
  /** Plain text, or Markdown's source; escape it where you show it. */
  description: Scalars['String']['output'];
  /** Its name in addresses; no two organisations have the same. */
  handle: Scalars['String']['output'];
  id: Scalars['ID']['output'];
  /** https URLs. */
  links: Array<Scalars['String']['output']>;
  name: Scalars['String']['output'];
};

export type ProfilePayload = Payload & {
  /** Empty where the mutation was done. */
  errors: Array<Problem>;
  profile?: Maybe<Profile>;
};

/** A service that has blocks here. */
export type Provider = {
  /** What a run of one of its blocks costs, that says nothing else; empty: nothing. */
  costs: Array<BlockCost>;
  /** Whether access can be granted at it here, by `beginOAuth`. */
  hasOAuth: Scalars['Boolean']['output'];
  /** Where its credentials are sent to, and nowhere else: `host` or `*.domain`. */
  hosts: Array<Scalars['String']['output']>;
  /** The header of requests that its key goes into; null: a parameter of the query. */
  keyHeader?: Maybe<Scalars['String']['output']>;
  /** The `provider` of its credentials. */
  name: Scalars['String']['output'];
  /** The scopes that its blocks ask for, all together; those of one block are at its pin. */
  scopes: Array<Scalars['String']['output']>;
  /** What people call it. */
  title: Scalars['String']['output'];
  /** The types of credentials that its blocks take; empty: it has no blocks here. */
  types: Array<CredentialType>;
};

export type PublishGraphInput = {
  graphId: Scalars['ID']['input'];
  /** What to call the version. */
  name?: InputMaybe<Scalars['String']['input']>;
  /** What changed. */
  notes?: InputMaybe<Scalars['String']['input']>;
  /** The draft's revision that is meant. */
  revision: Scalars['Int']['input'];
};

export type Query = {
  /** The caller's own API keys; for those who manage members, everyone's. */
  apiKeys: Array<ApiKey>;
  /** One approval. */
  approval: Approval;
  /** What the link asks of whom it is for. Unknown, used and ended links answer alike. */
  approvalByLink: LinkedApproval;
  /** What runs ask people, the newest first. `mine`: what you may decide now: pending, for your role, not said to yet, and not your own run where that is excluded. */
  approvals: ApprovalConnection;
  /** The audit log, the newest first. */
  auditLog: AuditEntryConnection;
  /** One block. */
  block?: Maybe<Block>;
  /** The categories of blocks, by name. */
  blockCategories: Array<BlockCategory>;
  /** The blocks by name, those that are known and not installed included. */
  blocks: BlockConnection;
  /** Every problem of a document at once: of its form, or else of the graph that it is. */
  checkGraph: Array<GraphProblem>;
  /** What `continueRun` with the same input would do. Nothing is started. */
  continuationPreview: ContinuationPreview;
  /** One credential that the caller may use. */
  credential: Credential;
  /** The credentials that the caller may use: their own and shared ones, newest first. */
  credentials: CredentialConnection;
  /** The cursor of who has seen all that happened until now: subscribe `after` it, and nothing is missed in between. */
  eventCursor: Scalars['String']['output'];
  /** An agent as a file that may leave: with all agents that it runs, without secrets. */
  exportGraph: GraphExport;
  /** One file. */
  file: File;
  /** The organisation's files, the newest first. */
  files: FileConnection;
  /** What of the installation works: workers, task queues, processes, and what is wrong. */
  fleet: Fleet;
  /** All folders by name, wherever they are in one another; `parent` makes the tree. */
  folders: FolderConnection;
  /** One agent. */
  graph?: Maybe<Graph>;
  /** What differs between two versions of an agent, node by node and field by field. */
  graphDiff: GraphDiff;
  /** One version of an agent. */
  graphVersion?: Maybe<GraphVersion>;
  /** The organisation's agents, the one that changed last first. */
  graphs: GraphConnection;
  /** Whether every line of the audit log follows from the one before it. */
  isAuditLogWhole: Scalars['Boolean']['output'];
  /** The caller's library, what changed last first. */
  library: LibraryEntryConnection;
  /** One listing, by its id or by its creator's handle and its slug; null where there is none. */
  listing?: Maybe<Listing>;
  /** The categories of the marketplace, those of the most listings first; at most 50. */
  listingCategories: Array<ListingCategory>;
  /** The marketplace. `search` reads names and descriptions, by words of English. */
  listings: ListingConnection;
  /** The same by agent, the dearest first, at most 500. What an agent's nodes ran is in it. Of the last `days` (at most 366). */
  llmUsageByAgent: Array<LlmUsageOfAgent>;
  /** What language models used by day, of the last `days` (at most 366), the oldest first; days without a call are left out. The runs of a day that were deleted are not in it. */
  llmUsageByDay: Array<LlmUsageOfDay>;
  /** The same by who began the run, the dearest first, at most 500: schedules and webhooks run in a person's name. Of the last `days` (at most 366). */
  llmUsageByPerson: Array<LlmUsageOfPerson>;
  /** The tools of an MCP server, which is asked now, over streamable HTTP; for nodes of MCPToolBlock. With a credential that the caller may use, it goes along; that needs the right credentials:read, too. */
  mcpTools: Array<McpTool>;
  /** The members of the caller's organisation. */
  members: Array<Member>;
  /** What the caller's agents remember, by agent and key; of one agent only, where it is named. */
  memories: MemoryConnection;
  /** The thing that has this id; null where there is none that you may see. */
  node?: Maybe<Node>;
  /** The things that have these ids, in their order. */
  nodes: Array<Maybe<Node>>;
  /** The providers at which access can be granted here. */
  oAuthProviders: Array<OAuthProvider>;
  /** The organisation's own listings, published or not, the newest first. */
  ownListings: ListingConnection;
  /** The profile of the caller's own organisation; null until it has one. */
  ownProfile?: Maybe<Profile>;
  /** The versions of all organisations that wait for a decision, the longest first. */
  pendingListings: ListingVersionConnection;
  /** The caller's presets of an agent, the newest first. */
  presets: PresetConnection;
  /** The profile that has this handle; null where there is none. */
  profile?: Maybe<Profile>;
  /** The services that blocks here have, by name. */
  providers: Array<Provider>;
  /** The ratings of a listing that everyone sees, the newest first. */
  ratings: RatingConnection;
  /** The cron line that an agent's file recommends, as a suggestion for a schedule; null where it has none that can be read. */
  recommendedCron?: Maybe<Scalars['String']['output']>;
  /** The credentials that a run of an agent needs, those of the agents that it runs included. */
  requiredCredentials: Array<CredentialRequirement>;
  /** One run. */
  run: Run;
  /** The limits that new runs of an agent begin with; without `graphId`, those of the organisation. */
  runLimits: RunLimitSettings;
  /** The runs, the newest first: those that nobody's node started, unless `includeChildren`. `failedNodeId` is the node whose failure was a run's first. `costMicroUsdMin` and `costMicroUsdMax` are what `llmUsage.costMicroUsd` is between, both included. `search` is a part of the agent's name, or the id of one run, also as Temporal has it; that is found whoever started it. */
  runs: RunConnection;
  /** One schedule. */
  schedule: Schedule;
  /** The times that a schedule would have, by Temporal's own reckoning: the next 10, or as many as `first` says, up to 100. Nothing is saved. UNAVAILABLE while Temporal is away. */
  scheduleTimes: Array<Scalars['DateTime']['output']>;
  /** The schedules, or those of an agent, the newest first. */
  schedules: ScheduleConnection;
  /** What a run gave that was shared with you by a link. An unknown link and one that ended answer alike. */
  sharedRun: SharedRun;
  /** Who the caller is. */
  viewer: Viewer;
  /** A webhook. */
  webhook: Webhook;
  /** A delivery of a webhook: what came, and what became of it. */
  webhookDelivery: WebhookDelivery;
  /** The organisation's webhooks, the newest first. */
  webhooks: WebhookConnection;
};


export type QueryApprovalArgs = {
  id: Scalars['ID']['input'];
};


export type QueryApprovalByLinkArgs = {
  token: Scalars['String']['input'];
};


export type QueryApprovalsArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  first?: InputMaybe<Scalars['Int']['input']>;
  mine?: Scalars['Boolean']['input'];
  runId?: InputMaybe<Scalars['ID']['input']>;
  status?: InputMaybe<Array<ApprovalStatus>>;
};


export type QueryAuditLogArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  first?: InputMaybe<Scalars['Int']['input']>;
};


export type QueryBlockArgs = {
  id: Scalars['ID']['input'];
};


export type QueryBlocksArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  category?: InputMaybe<Scalars['String']['input']>;
  first?: InputMaybe<Scalars['Int']['input']>;
  isInstalled?: InputMaybe<Scalars['Boolean']['input']>;
  search?: InputMaybe<Scalars['String']['input']>;
};


export type QueryCheckGraphArgs = {
  asImported?: Scalars['Boolean']['input'];
  document: Scalars['JSON']['input'];
};


export type QueryContinuationPreviewArgs = {
  input: ContinueRunInput;
};


export type QueryCredentialArgs = {
  id: Scalars['ID']['input'];
};


export type QueryCredentialsArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  first?: InputMaybe<Scalars['Int']['input']>;
  provider?: InputMaybe<Scalars['String']['input']>;
  type?: InputMaybe<CredentialType>;
};


export type QueryExportGraphArgs = {
  id: Scalars['ID']['input'];
  version?: InputMaybe<Scalars['Int']['input']>;
};


export type QueryFileArgs = {
  id: Scalars['ID']['input'];
};


export type QueryFilesArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  first?: InputMaybe<Scalars['Int']['input']>;
};


export type QueryFoldersArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  first?: InputMaybe<Scalars['Int']['input']>;
};


export type QueryGraphArgs = {
  id: Scalars['ID']['input'];
};


export type QueryGraphDiffArgs = {
  from: Scalars['Int']['input'];
  graphId: Scalars['ID']['input'];
  to?: InputMaybe<Scalars['Int']['input']>;
};


export type QueryGraphVersionArgs = {
  graphId: Scalars['ID']['input'];
  number: Scalars['Int']['input'];
};


export type QueryGraphsArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  first?: InputMaybe<Scalars['Int']['input']>;
  folderId?: InputMaybe<Scalars['ID']['input']>;
  search?: InputMaybe<Scalars['String']['input']>;
};


export type QueryLibraryArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  first?: InputMaybe<Scalars['Int']['input']>;
  folderId?: InputMaybe<Scalars['ID']['input']>;
  graphId?: InputMaybe<Scalars['ID']['input']>;
  isArchived?: InputMaybe<Scalars['Boolean']['input']>;
  isFavourite?: InputMaybe<Scalars['Boolean']['input']>;
  search?: InputMaybe<Scalars['String']['input']>;
};


export type QueryListingArgs = {
  creator?: InputMaybe<Scalars['String']['input']>;
  id?: InputMaybe<Scalars['ID']['input']>;
  slug?: InputMaybe<Scalars['String']['input']>;
};


export type QueryListingsArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  category?: InputMaybe<Scalars['String']['input']>;
  creator?: InputMaybe<Scalars['String']['input']>;
  first?: InputMaybe<Scalars['Int']['input']>;
  isFeatured?: InputMaybe<Scalars['Boolean']['input']>;
  search?: InputMaybe<Scalars['String']['input']>;
  sort?: ListingSort;
};


export type QueryLlmUsageByAgentArgs = {
  days?: Scalars['Int']['input'];
};


export type QueryLlmUsageByDayArgs = {
  days?: Scalars['Int']['input'];
};


export type QueryLlmUsageByPersonArgs = {
  days?: Scalars['Int']['input'];
};


export type QueryMcpToolsArgs = {
  credentialId?: InputMaybe<Scalars['ID']['input']>;
  serverUrl: Scalars['String']['input'];
};


export type QueryMemoriesArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  first?: InputMaybe<Scalars['Int']['input']>;
  graphId?: InputMaybe<Scalars['ID']['input']>;
};


export type QueryNodeArgs = {
  id: Scalars['ID']['input'];
};


export type QueryNodesArgs = {
  ids: Array<Scalars['ID']['input']>;
};


export type QueryOwnListingsArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  first?: InputMaybe<Scalars['Int']['input']>;
};


export type QueryPendingListingsArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  first?: InputMaybe<Scalars['Int']['input']>;
};


export type QueryPresetsArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  first?: InputMaybe<Scalars['Int']['input']>;
  graphId: Scalars['ID']['input'];
};


export type QueryProfileArgs = {
  handle: Scalars['String']['input'];
};


export type QueryRatingsArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  first?: InputMaybe<Scalars['Int']['input']>;
  listingId: Scalars['ID']['input'];
};


export type QueryRecommendedCronArgs = {
  graphId: Scalars['ID']['input'];
};


export type QueryRequiredCredentialsArgs = {
  graphId: Scalars['ID']['input'];
  isDraft?: Scalars['Boolean']['input'];
  version?: InputMaybe<Scalars['Int']['input']>;
};


export type QueryRunArgs = {
  id: Scalars['ID']['input'];
};


export type QueryRunLimitsArgs = {
  graphId?: InputMaybe<Scalars['ID']['input']>;
};


export type QueryRunsArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  costMicroUsdMax?: InputMaybe<Scalars['Float']['input']>;
  costMicroUsdMin?: InputMaybe<Scalars['Float']['input']>;
  createdAfter?: InputMaybe<Scalars['DateTime']['input']>;
  createdBefore?: InputMaybe<Scalars['DateTime']['input']>;
  failedNodeId?: InputMaybe<Scalars['String']['input']>;
  first?: InputMaybe<Scalars['Int']['input']>;
  graphId?: InputMaybe<Scalars['ID']['input']>;
  hasProblem?: InputMaybe<Scalars['Boolean']['input']>;
  includeChildren?: Scalars['Boolean']['input'];
  order?: RunOrder;
  search?: InputMaybe<Scalars['String']['input']>;
  startedBy?: InputMaybe<Scalars['ID']['input']>;
  status?: InputMaybe<Array<State>>;
  trigger?: InputMaybe<Scalars['String']['input']>;
  version?: InputMaybe<Scalars['Int']['input']>;
};


export type QueryScheduleArgs = {
  id: Scalars['ID']['input'];
};


export type QueryScheduleTimesArgs = {
  after?: InputMaybe<Scalars['DateTime']['input']>;
  first?: Scalars['Int']['input'];
  spec: ScheduleSpecInput;
};


export type QuerySchedulesArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  first?: InputMaybe<Scalars['Int']['input']>;
  graphId?: InputMaybe<Scalars['ID']['input']>;
};


export type QuerySharedRunArgs = {
  token: Scalars['String']['input'];
};


export type QueryWebhookArgs = {
  id: Scalars['ID']['input'];
};


export type QueryWebhookDeliveryArgs = {
  id: Scalars['ID']['input'];
};


export type QueryWebhooksArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  first?: InputMaybe<Scalars['Int']['input']>;
};

export type RaiseRunLimitInput = {
  /** Absent: as before. */
  executionsMax?: InputMaybe<Scalars['Int']['input']>;
  id: Scalars['ID']['input'];
  /** Makes it safe to ask again: the same key with the same request is the same order, with another request CONFLICT. */
  idempotencyKey?: InputMaybe<Scalars['String']['input']>;
  /** Absent: as before. */
  inFlightMax?: InputMaybe<Scalars['Int']['input']>;
  /** From the run's start. Absent: as before. */
  wallSecondsMax?: InputMaybe<Scalars['Float']['input']>;
};

export type RateListingInput = {
  comment?: Scalars['String']['input'];
  listingId: Scalars['ID']['input'];
  /** From 1 to 5. */
  score: Scalars['Int']['input'];
};

/** What one person thinks of one version of a listing. */
export type Rating = {
  /** Plain text; escape it where you show it. */
  comment: Scalars['String']['output'];
  createdAt: Scalars['DateTime']['output'];
  id: Scalars['ID']['output'];
  /** Whether it is the caller's own. */
  isOwn: Scalars['Boolean']['output'];
  /** The number of the version that they had. */
  number: Scalars['Int']['output'];
  /** The profile of the rater's organisation; null where it has none. Nobody is named. */
  rater?: Maybe<Profile>;
  /** From 1 to 5. */
  score: Scalars['Int']['output'];
  updatedAt: Scalars['DateTime']['output'];
};

/** A page of a list. */
export type RatingConnection = {
  edges: Array<RatingEdge>;
  /** The elements, without their cursors. */
  nodes: Array<Rating>;
  pageInfo: PageInfo;
  /** How many elements the whole list has; null where that is not counted. */
  totalCount?: Maybe<Scalars['Int']['output']>;
};

/** One element of a list, with the cursor behind which the next page begins. */
export type RatingEdge = {
  cursor: Scalars['String']['output'];
  node: Rating;
};

export type RatingPayload = Payload & {
  /** Empty where the mutation was done. */
  errors: Array<Problem>;
  /** The listing with its new average. */
  listing?: Maybe<Listing>;
  rating?: Maybe<Rating>;
};

export type RenameFolderInput = {
  id: Scalars['ID']['input'];
  name: Scalars['String']['input'];
};

export type RenameOrganisationInput = {
  name: Scalars['String']['input'];
};

export type ReplayDeliveryInput = {
  /** Where it is to run again; absent: at all that take it now. */
  attachmentIds?: InputMaybe<Array<Scalars['ID']['input']>>;
  id: Scalars['ID']['input'];
};

export type ReplayPayload = Payload & {
  delivery?: Maybe<WebhookDelivery>;
  /** Empty where the mutation was done. */
  errors: Array<Problem>;
  /** The number of this replay. */
  replay?: Maybe<Scalars['Int']['output']>;
};

export type ResumeRunInput = {
  /** The one pause that is over, as its halt's `key` says; absent: all that operators asked for. */
  haltKey?: InputMaybe<Scalars['String']['input']>;
  id: Scalars['ID']['input'];
  /** Makes it safe to ask again: the same key with the same request is the same order, with another request CONFLICT. */
  idempotencyKey?: InputMaybe<Scalars['String']['input']>;
};

export type ResumeScheduleInput = {
  id: Scalars['ID']['input'];
  /** Shown here and in Temporal. */
  note?: InputMaybe<Scalars['String']['input']>;
};

/** What a reviewer decides; it is decided once. */
export type ReviewDecision =
  | 'APPROVE'
  | 'REJECT';

export type ReviewListingInput = {
  /** The author reads them; needed where you reject. */
  comments?: Scalars['String']['input'];
  decision: ReviewDecision;
  /** Only reviewers read them. */
  internalComments?: Scalars['String']['input'];
  /** The version's `submittedAt` as you read it: one that was changed and submitted again is another. */
  submittedAt: Scalars['DateTime']['input'];
  versionId: Scalars['ID']['input'];
};

export type RevokeApprovalLinkPayload = Payload & {
  /** Empty where the mutation was done. */
  errors: Array<Problem>;
  link?: Maybe<ApprovalLink>;
};

export type RevokeSharePayload = Payload & {
  /** Empty where the mutation was done. */
  errors: Array<Problem>;
  share?: Maybe<RunShare>;
};

/** A member's role in an organisation. */
export type Role =
  | 'ADMIN'
  | 'AUDITOR'
  | 'EDITOR'
  | 'OPERATOR'
  | 'OWNER'
  | 'VIEWER';

export type RotateWebhookSecretInput = {
  id: Scalars['ID']['input'];
  /** For how long the old one counts, too; 0 to 604800. */
  overlapSeconds?: Scalars['Int']['input'];
  /** The sender's new one; absent: one is made. */
  secret?: InputMaybe<Scalars['String']['input']>;
};

/** One execution of a graph. */
export type Run = Node & {
  /** The agent's name, as it was when the run was accepted. */
  agentName: Scalars['String']['output'];
  /** What it asked people, the oldest first: the first 100. */
  approvals: Array<Approval>;
  /** What they said. */
  cancelReason?: Maybe<Scalars['String']['output']>;
  /** When somebody asked for its end. */
  cancelRequestedAt?: Maybe<Scalars['DateTime']['output']>;
  /** The schedule or the webhook that started it; null for what another thing or a person started, and for one that was deleted. */
  cause?: Maybe<RunCause>;
  /** The runs that its nodes started, the oldest first. */
  children: RunConnection;
  /** How it continues that run: {mode, node_ids, inputs, node_inputs, outputs}, edits by their names. */
  continuation?: Maybe<Scalars['JSON']['output']>;
  /** The runs that continue it, the newest first: at most 50. */
  continuations: Array<Run>;
  /** The run that it continues; null for one that began anew, and where that was deleted. */
  continuedFrom?: Maybe<Run>;
  /** When it was accepted: from then on it will run, whatever happens. */
  createdAt: Scalars['DateTime']['output'];
  /** Who started it; null for one who has left, and for what no person started. */
  createdBy?: Maybe<Member>;
  /** The graph that it is made of, as a file says it: of a run of a part, that part. It stays as it is whatever becomes of the agent. For who may read agents. */
  document?: Maybe<Scalars['JSON']['output']>;
  endedAt?: Maybe<Scalars['DateTime']['output']>;
  /** Why it did not complete. */
  error?: Maybe<Failure>;
  /** One of its node executions, by its number, the first where none is said; null where there is none. */
  execution?: Maybe<NodeExecution>;
  /** The files that it stored, the newest first. */
  files: FileConnection;
  /** The agent; null for one that was deleted. */
  graph?: Maybe<Graph>;
  /** The agent. */
  graphId: Scalars['ID']['output'];
  /** The agent's version that it runs; 0 where it runs what its draft said. */
  graphVersion: Scalars['Int']['output'];
  /** Why it, or a node execution of it, does not go on, the oldest first; with `includeCleared` those that are over, too. */
  halts: Array<RunHalt>;
  id: Scalars['ID']['output'];
  /** What it was started with. */
  inputs: Array<RunInput>;
  /** Whether it runs what the agent's draft said when it was accepted, and no version. */
  isDraft: Scalars['Boolean']['output'];
  /** The events that came for it and that nobody has taken yet, the oldest first. */
  keptEvents: Array<KeptEvent>;
  /** Its limits, and what it used of them. */
  limits: RunLimits;
  /** What its calls of language models used. */
  llmUsage: LlmUsage;
  /** The lines that its blocks wrote, the oldest first; with `includeText` pieces of streamed text, too. */
  log: LogLineConnection;
  /** Its node executions in the order in which they were queued; behind them those whose inputs never became complete, which are known when the run is over. */
  nodeExecutions: NodeExecutionConnection;
  /** Its nodes that had an execution, in the order in which they began: as they stand now, or as they stood `at` a moment. Of an execution that had begun and not ended then it is known whether it ran, was PAUSED or in REVIEW. */
  nodes: Array<RunNode>;
  /** What it was told while it ran, the oldest first, and what became of that. */
  orders: OrderConnection;
  /** What it gave until now, by name: the first 20 values, or as many as `first` says, up to 100. `afterExecution` asks for those behind one. */
  outputs: Array<RunOutput>;
  /** The run whose node started it; null for one that was started from outside. */
  parent?: Maybe<Run>;
  /** The execution, in the parent, that started it. */
  parentExecutionId?: Maybe<Scalars['ID']['output']>;
  /** Why it does not go on as it should although nothing ended or halted it; null where all is well. It goes when that is mended. */
  problem?: Maybe<RunProblem>;
  /** The links by which anyone may read what it gave, those that have ended, too. */
  shares: Array<RunShare>;
  /** The key under which it is the one open run of its agent; see `signalAgent`. */
  signalKey?: Maybe<Scalars['String']['output']>;
  startedAt?: Maybe<Scalars['DateTime']['output']>;
  /** How many node executions it had, how many failed, and the first failure. */
  stats?: Maybe<Scalars['JSON']['output']>;
  status: State;
  /** Where Temporal's UI shows it; null where the deployment does not say where that is. */
  temporalUrl?: Maybe<Scalars['String']['output']>;
  /** Its executions in the order in which they were queued, a line each: 1000 of them, or as many as `first` says, up to 2000, behind the execution `after`; those of a node, or in some states, where that is asked for. */
  timeline: RunTimeline;
  /** The trace that its spans belong to, as 32 hexadecimal digits: that of the traceparent of the request that asked for it, or one of its own. What it starts is in the same one. */
  traceId: Scalars['String']['output'];
  /** What started it: manual, child, webhook, schedule or another. */
  trigger: Scalars['String']['output'];
  /** Why it is QUEUED still, where a limit of how many run at once is the reason. */
  waitingReason?: Maybe<Scalars['String']['output']>;
  /** What its node executions wait for now. */
  waits: Array<RunWait>;
};


/** One execution of a graph. */
export type RunChildrenArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  first?: InputMaybe<Scalars['Int']['input']>;
};


/** One execution of a graph. */
export type RunExecutionArgs = {
  number?: Scalars['Int']['input'];
};


/** One execution of a graph. */
export type RunFilesArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  first?: InputMaybe<Scalars['Int']['input']>;
};


/** One execution of a graph. */
export type RunHaltsArgs = {
  includeCleared?: Scalars['Boolean']['input'];
};


/** One execution of a graph. */
export type RunLogArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  first?: InputMaybe<Scalars['Int']['input']>;
  includeText?: Scalars['Boolean']['input'];
};


/** One execution of a graph. */
export type RunNodeExecutionsArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  first?: InputMaybe<Scalars['Int']['input']>;
  nodeId?: InputMaybe<Scalars['String']['input']>;
  status?: InputMaybe<Array<State>>;
};


/** One execution of a graph. */
export type RunNodesArgs = {
  at?: InputMaybe<Scalars['DateTime']['input']>;
};


/** One execution of a graph. */
export type RunOrdersArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  first?: InputMaybe<Scalars['Int']['input']>;
};


/** One execution of a graph. */
export type RunOutputsArgs = {
  afterExecution?: InputMaybe<Scalars['Int']['input']>;
  first?: InputMaybe<Scalars['Int']['input']>;
};


/** One execution of a graph. */
export type RunTimelineArgs = {
  after?: InputMaybe<Scalars['Int']['input']>;
  first?: Scalars['Int']['input'];
  nodeId?: InputMaybe<Scalars['String']['input']>;
  status?: InputMaybe<Array<State>>;
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

export type RunBlockInput = {
  blockId: Scalars['ID']['input'];
  /** {pin: value}. */
  input: Scalars['JSON']['input'];
};

export type RunBlockPayload = Payload & {
  /** What it emitted, in its order. */
  emissions: Array<BlockEmission>;
  /** Why it failed; what came before stands. */
  error?: Maybe<BlockError>;
  /** Empty where the mutation was done. */
  errors: Array<Problem>;
  /** How long it took, its process included. */
  seconds?: Maybe<Scalars['Float']['output']>;
};

/** The schedule or the webhook that started a run. */
export type RunCause = {
  /** The agent that it starts. */
  graphId: Scalars['ID']['output'];
  /** That of the Schedule or the Webhook, which `node` gives. */
  id: Scalars['ID']['output'];
  kind: RunCauseKind;
  name: Scalars['String']['output'];
};

/** What may start runs by itself. */
export type RunCauseKind =
  | 'SCHEDULE'
  | 'WEBHOOK';

/** A page of a list. */
export type RunConnection = {
  edges: Array<RunEdge>;
  /** The elements, without their cursors. */
  nodes: Array<Run>;
  pageInfo: PageInfo;
  /** How many elements the whole list has; null where that is not counted. */
  totalCount?: Maybe<Scalars['Int']['output']>;
};

/** Which credential fills one of the places that an agent asks for. */
export type RunCredentialInput = {
  credentialId: Scalars['ID']['input'];
  /** The place, as the agent's `credentialsInputSchema` names it. */
  key: Scalars['String']['input'];
};

/** One element of a list, with the cursor behind which the next page begins. */
export type RunEdge = {
  cursor: Scalars['String']['output'];
  node: Run;
};

/** Something that happened in a run. */
export type RunEvent = {
  at: Scalars['DateTime']['output'];
  /** Subscribe `after` it to go on exactly behind this event, on any server. */
  cursor: Scalars['String']['output'];
  runId: Scalars['ID']['output'];
};

/** Why a run does not go on, or one node execution of it while the others do. Each is ended by itself. */
export type RunHalt = {
  /** The word that ended it: resume, raise, retry, skip, edit, fail; or end, with the run's own end. */
  answer?: Maybe<Scalars['String']['output']>;
  /** When it ended; null while it halts. */
  clearedAt?: Maybe<Scalars['DateTime']['output']>;
  /** Who ended it; null for what no person did. */
  clearedBy?: Maybe<Member>;
  /** From a closed list, such as PAUSED, BUDGET_EXCEEDED or the code of a node's failure. */
  code: Scalars['String']['output'];
  /** By which `resumeRun` ends one of an operator's: operator/N. Others: parent, budget, wall time, node/N. */
  key: Scalars['String']['output'];
  kind: HaltKind;
  message: Scalars['String']['output'];
  /** The execution that waits: what `retryNode` and the others take; null where the whole run halts. */
  nodeExecutionId?: Maybe<Scalars['ID']['output']>;
  /** The node, as the graph's file names it; null where the whole run halts. */
  nodeId?: Maybe<Scalars['String']['output']>;
  /** Its number in the run. */
  number: Scalars['Int']['output'];
  /** Who paused it; null for what no person did. */
  setBy?: Maybe<Member>;
  since: Scalars['DateTime']['output'];
  /** What the node is called. */
  title?: Maybe<Scalars['String']['output']>;
};

/** A halt is over. Those that are open when the run ends are over with it, and are not told. */
export type RunHaltCleared = RunEvent & {
  /** The word that ended it: resume, raise, retry, skip, edit or fail. */
  answer: Scalars['String']['output'];
  at: Scalars['DateTime']['output'];
  /** Subscribe `after` it to go on exactly behind this event, on any server. */
  cursor: Scalars['String']['output'];
  key: Scalars['String']['output'];
  /** The execution that goes on; null where the whole run halted. */
  nodeExecutionId?: Maybe<Scalars['ID']['output']>;
  /** The halt's number in the run. */
  number: Scalars['Int']['output'];
  runId: Scalars['ID']['output'];
};

/** The run, or one node execution of it, does not go on: somebody has something to decide. */
export type RunHalted = RunEvent & {
  at: Scalars['DateTime']['output'];
  code: Scalars['String']['output'];
  /** Subscribe `after` it to go on exactly behind this event, on any server. */
  cursor: Scalars['String']['output'];
  /** The halt's key: operator/N, parent, budget, wall time, node/N. */
  key: Scalars['String']['output'];
  kind: HaltKind;
  message: Scalars['String']['output'];
  /** The execution that waits; null where the whole run halts. */
  nodeExecutionId?: Maybe<Scalars['ID']['output']>;
  /** The halt's number in the run. */
  number: Scalars['Int']['output'];
  runId: Scalars['ID']['output'];
};

/** An input of a run. */
export type RunInput = {
  name: Scalars['String']['output'];
  value: Value;
};

export type RunLibraryEntryInput = {
  credentials?: Array<RunCredentialInput>;
  entryId: Scalars['ID']['input'];
  idempotencyKey?: InputMaybe<Scalars['String']['input']>;
  /** {input's name: value}. */
  inputs?: Scalars['JSON']['input'];
};

/** Limits that new runs begin with. */
export type RunLimitSettings = {
  /** Node executions, those of the runs that its nodes start included. */
  executionsMax?: Maybe<Scalars['Int']['output']>;
  /** Null: the organisation's. */
  graphId?: Maybe<Scalars['ID']['output']>;
  /** Dispatches at once: a node execution each, or up to a hundred of a pure block. */
  inFlightMax?: Maybe<Scalars['Int']['output']>;
  /** Runs at once. */
  runningMax?: Maybe<Scalars['Int']['output']>;
  updatedAt?: Maybe<Scalars['DateTime']['output']>;
  /** Who set them last; null where nobody did. */
  updatedBy?: Maybe<Member>;
  /** Seconds from its start, waiting included. */
  wallSecondsMax?: Maybe<Scalars['Float']['output']>;
};

/** Limits of one run; null: it is not limited so. */
export type RunLimitValues = {
  /** Node executions, those of the runs that its nodes start included. */
  executionsMax?: Maybe<Scalars['Int']['output']>;
  /** Dispatches at once: a node execution each, or up to a hundred of a pure block. */
  inFlightMax?: Maybe<Scalars['Int']['output']>;
  /** Seconds from its start, waiting included. */
  wallSecondsMax?: Maybe<Scalars['Float']['output']>;
};

/** A run's limits and what it used of them. At a limit it is PAUSED, and goes on when that is raised. */
export type RunLimits = {
  /** Those that it was accepted with: of the request's, the agent's and the organisation's, the lowest of each. */
  asked: RunLimitValues;
  /** Those that hold now: as raised, and never above the platform's own. */
  effective: RunLimitValues;
  /** Node executions until now, with those of the runs below. */
  usedExecutions: Scalars['Int']['output'];
  /** Seconds since it was started, or between start and end. */
  usedWallSeconds: Scalars['Float']['output'];
};

/** Limits of one run. One that is absent does not limit. */
export type RunLimitsInput = {
  /** Node executions, those of the runs that its nodes start included. */
  executionsMax?: InputMaybe<Scalars['Int']['input']>;
  /** Dispatches at once: a node execution each, or up to a hundred of a pure block. */
  inFlightMax?: InputMaybe<Scalars['Int']['input']>;
  /** Seconds from its start, waiting included. */
  wallSecondsMax?: InputMaybe<Scalars['Float']['input']>;
};

/** The run has a new state; or somebody asked for its end, which `cancelReason` says then. */
export type RunMoved = RunEvent & {
  at: Scalars['DateTime']['output'];
  cancelReason?: Maybe<Scalars['String']['output']>;
  /** Subscribe `after` it to go on exactly behind this event, on any server. */
  cursor: Scalars['String']['output'];
  error?: Maybe<Failure>;
  runId: Scalars['ID']['output'];
  status: State;
};

/** A node of a run that had an execution, at a moment. */
export type RunNode = {
  /** The most attempts that one of its executions had and that have ended. */
  attemptsMax: Scalars['Int']['output'];
  /** Null where it never began. */
  blockId?: Maybe<Scalars['String']['output']>;
  /** Null where the block is not known here. */
  blockName?: Maybe<Scalars['String']['output']>;
  /** Executions by their states at the moment, those that there are any of. */
  counts: Array<StateCount>;
  /** Why that one failed. */
  error?: Maybe<Failure>;
  executionCount: Scalars['Int']['output'];
  /** Its newest execution that failed; null where none did. */
  failedId?: Maybe<Scalars['ID']['output']>;
  firstStartedAt?: Maybe<Scalars['DateTime']['output']>;
  /** When the last of those that are over ended. */
  lastEndedAt?: Maybe<Scalars['DateTime']['output']>;
  /** Its newest execution. */
  latestId: Scalars['ID']['output'];
  /** When the first of its attempts that wait to be made again is made; null where none waits, and in the past. */
  nextAttemptAt?: Maybe<Scalars['DateTime']['output']>;
  /** The node, as the graph's file names it. */
  nodeId: Scalars['String']['output'];
  /** How many values went out of its pins until the moment. */
  pins: Array<PinCount>;
  /** What the node is called; null where its plan is not readable any more. */
  title?: Maybe<Scalars['String']['output']>;
};

export type RunNodeInput = {
  credentials?: InputMaybe<Array<RunCredentialInput>>;
  graphId: Scalars['ID']['input'];
  /** As in `startRun`. */
  idempotencyKey?: InputMaybe<Scalars['String']['input']>;
  /** {pin: value}, beside and in place of its constants; nothing comes by links. */
  inputs?: Scalars['JSON']['input'];
  /** The node as the draft has it. Without `version`. */
  isDraft?: Scalars['Boolean']['input'];
  nodeId: Scalars['String']['input'];
  usePinnedOutputs?: Scalars['Boolean']['input'];
  /** Absent: the active version. */
  version?: InputMaybe<Scalars['Int']['input']>;
};

/** By when runs were accepted. */
export type RunOrder =
  | 'NEWEST_FIRST'
  | 'OLDEST_FIRST';

/** The run says what became of an order. */
export type RunOrderAnswered = RunEvent & {
  at: Scalars['DateTime']['output'];
  /** Subscribe `after` it to go on exactly behind this event, on any server. */
  cursor: Scalars['String']['output'];
  /** The order's number in the run. */
  number: Scalars['Int']['output'];
  outcome: OrderOutcome;
  /** Why it was refused. */
  reason?: Maybe<Scalars['String']['output']>;
  runId: Scalars['ID']['output'];
  word: Scalars['String']['output'];
};

/** What a run gave under a name. */
export type RunOutput = {
  /** The numbers of those executions: the largest of all is what `afterExecution` takes for more. */
  executions: Array<Scalars['Int']['output']>;
  name: Scalars['String']['output'];
  /** In the order in which their node executions were queued. */
  values: Array<Value>;
};

export type RunPayload = Payload & {
  /** Empty where the mutation was done. */
  errors: Array<Problem>;
  run?: Maybe<Run>;
};

export type RunPresetInput = {
  idempotencyKey?: InputMaybe<Scalars['String']['input']>;
  overrides?: PresetOverrides;
  presetId: Scalars['ID']['input'];
};

/** What is wrong with a run that goes on, or with what is kept of one that is over. */
export type RunProblem = {
  /** When what is told here was noticed. */
  at: Scalars['DateTime']['output'];
  /** What Temporal reports of it, word for word. */
  cause?: Maybe<Scalars['String']['output']>;
  /** WORKFLOW_TASK_FAILS: its workflow's tasks fail again and again, so it stands still until the workers are mended. LOST: the database was set back while it ran, and rows of it are missing. */
  code: Scalars['String']['output'];
  message: Scalars['String']['output'];
  /** When it was noticed first. */
  since: Scalars['DateTime']['output'];
};

/** A link by which anyone may read what a run gave. Its token is shown once, when it is made. */
export type RunShare = {
  createdAt: Scalars['DateTime']['output'];
  /** Who made it; null for one who has left. */
  createdBy?: Maybe<Member>;
  /** Null: it has no end. */
  expiresAt?: Maybe<Scalars['DateTime']['output']>;
  id: Scalars['ID']['output'];
  revokedAt?: Maybe<Scalars['DateTime']['output']>;
};

/** A page of a run's executions for a timeline: lists side by side, an element of each for every execution. Times are milliseconds since the run was accepted (`createdAt`). */
export type RunTimeline = {
  /** What `after` takes for the next page; null on an empty page. */
  endExecution?: Maybe<Scalars['Int']['output']>;
  /** Null: it has not ended, or was taken over from another run. */
  ended: Array<Maybe<Scalars['Float']['output']>>;
  /** Their numbers, in the order in which they were queued. */
  executions: Array<Scalars['Int']['output']>;
  /** Whether there are more behind `endExecution`. */
  hasNextPage: Scalars['Boolean']['output'];
  /** The nodes that appear here. */
  nodeIds: Array<Scalars['String']['output']>;
  /** Whose executions they are: places in `nodeIds`. */
  nodes: Array<Scalars['Int']['output']>;
  /** How long the first attempt of each waited for a worker before it started, in milliseconds. Null: not known, as while it runs for the first time, and of what ran within a workflow task. */
  queued: Array<Maybe<Scalars['Float']['output']>>;
  /** Those of this page that had more than one attempt, wait for another, or were parked meanwhile. */
  repeated: Array<TimelineAttempts>;
  /** Places, in this page, of those that were taken over from another run. */
  reused: Array<Scalars['Int']['output']>;
  /** Null: it has not begun, or was taken over from another run. */
  started: Array<Maybe<Scalars['Float']['output']>>;
  states: Array<State>;
};

/** What a node execution waits for. Nothing is held for it: no worker, no connection. */
export type RunWait = {
  /** The run that the node started. */
  childRunId?: Maybe<Scalars['ID']['output']>;
  /** How that run stands: it, too, may be PAUSED or in REVIEW. Its `halts` and `waits` say why. */
  childStatus?: Maybe<State>;
  kind: WaitKind;
  /** The event's name: what `signalRun` takes. */
  name?: Maybe<Scalars['String']['output']>;
  nodeExecutionId: Scalars['ID']['output'];
  /** The node, as the graph's file names it. */
  nodeId: Scalars['String']['output'];
  /** JSON Schema of the event's payload; null: anything. */
  schema?: Maybe<Scalars['JSON']['output']>;
  since?: Maybe<Scalars['DateTime']['output']>;
  /** What the node is called. */
  title?: Maybe<Scalars['String']['output']>;
  /** When the wait ends by itself; null: never. */
  until?: Maybe<Scalars['DateTime']['output']>;
};

/** Starts an agent at its times, in the name of who saved it last. */
export type Schedule = Node & {
  /** What was missed while nothing worked is made up for if it is not older than this. */
  catchUpSeconds: Scalars['Int']['output'];
  createdAt: Scalars['DateTime']['output'];
  credentials: Array<ChosenCredential>;
  /** What became of its times, the latest first. A time that the overlap left out is not here. */
  fires: ScheduleFireConnection;
  /** The agent; null for one that was deleted: see `problem`. */
  graph?: Maybe<Graph>;
  graphId: Scalars['ID']['output'];
  /** The version that it runs; null: the one that is active when its time comes. */
  graphVersion?: Maybe<Scalars['Int']['output']>;
  id: Scalars['ID']['output'];
  /** {input's name: value}; of an input that is secret now, `***`. */
  inputs: Scalars['JSON']['output'];
  isPaused: Scalars['Boolean']['output'];
  /** Whether Temporal has taken the last change; a moment after it, unless Temporal is away. */
  isSynced: Scalars['Boolean']['output'];
  name: Scalars['String']['output'];
  /** Its next 10 times, by Temporal's reckoning: none while it is paused; null while Temporal is away or has not taken the last change yet. */
  nextTimes?: Maybe<Array<Scalars['DateTime']['output']>>;
  /** What was said when it was paused or resumed. */
  note?: Maybe<Scalars['String']['output']>;
  overlap: ScheduleOverlap;
  /** What overlap and catching up mean, in words. */
  policyWords: Scalars['String']['output'];
  /** Why it could not run the last time; null while it can. */
  problem?: Maybe<ScheduleProblem>;
  /** Grows with each change; `updateSchedule` takes the one that was read. */
  revision: Scalars['Int']['output'];
  /** The runs that it started, that of the latest time first. */
  runs: RunConnection;
  /** In whose name it runs: who saved it last; null for one who has left. */
  runsAs?: Maybe<Member>;
  spec: ScheduleSpec;
  updatedAt: Scalars['DateTime']['output'];
};


/** Starts an agent at its times, in the name of who saved it last. */
export type ScheduleFiresArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  first?: InputMaybe<Scalars['Int']['input']>;
};


/** Starts an agent at its times, in the name of who saved it last. */
export type ScheduleRunsArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  first?: InputMaybe<Scalars['Int']['input']>;
};

/** A page of a list. */
export type ScheduleConnection = {
  edges: Array<ScheduleEdge>;
  /** The elements, without their cursors. */
  nodes: Array<Schedule>;
  pageInfo: PageInfo;
  /** How many elements the whole list has; null where that is not counted. */
  totalCount?: Maybe<Scalars['Int']['output']>;
};

/** One element of a list, with the cursor behind which the next page begins. */
export type ScheduleEdge = {
  cursor: Scalars['String']['output'];
  node: Schedule;
};

/** What became of one time of a schedule: a run, or why there is none. */
export type ScheduleFire = {
  /** Why it started none. */
  error?: Maybe<Failure>;
  /** When the platform came to it. */
  firedAt: Scalars['DateTime']['output'];
  /** The run that it started; null for none, and for one that was deleted. */
  run?: Maybe<Run>;
  /** When it was to be: the schedule's time. One that was asked for by hand has that moment. */
  scheduledAt: Scalars['DateTime']['output'];
};

/** A page of a list. */
export type ScheduleFireConnection = {
  edges: Array<ScheduleFireEdge>;
  /** The elements, without their cursors. */
  nodes: Array<ScheduleFire>;
  pageInfo: PageInfo;
  /** How many elements the whole list has; null where that is not counted. */
  totalCount?: Maybe<Scalars['Int']['output']>;
};

/** One element of a list, with the cursor behind which the next page begins. */
export type ScheduleFireEdge = {
  cursor: Scalars['String']['output'];
  node: ScheduleFire;
};

/** What happens at a time whose predecessor still runs: SKIP leaves it out, BUFFER_ONE lets one wait, BUFFER_ALL lets all wait, CANCEL_OTHER and TERMINATE_OTHER end what runs, ALLOW_ALL starts it beside. */
export type ScheduleOverlap =
  | 'ALLOW_ALL'
  | 'BUFFER_ALL'
  | 'BUFFER_ONE'
  | 'CANCEL_OTHER'
  | 'SKIP'
  | 'TERMINATE_OTHER';

export type SchedulePayload = Payload & {
  /** Empty where the mutation was done. */
  errors: Array<Problem>;
  schedule?: Maybe<Schedule>;
};

/** Why a schedule could not run at its last time. It goes on trying, and this is null when it can again. */
export type ScheduleProblem = {
  at: Scalars['DateTime']['output'];
  /** Such as ACCESS_LOST, MISSING_CREDENTIALS, NOT_FOUND or INVALID_RUN_INPUT. */
  code: Scalars['String']['output'];
  message: Scalars['String']['output'];
};

/** When a schedule is due. */
export type ScheduleSpec = {
  calendars: Array<Calendar>;
  cron: Array<Scalars['String']['output']>;
  endAt?: Maybe<Scalars['DateTime']['output']>;
  intervalSeconds?: Maybe<Scalars['Int']['output']>;
  jitterSeconds: Scalars['Int']['output'];
  offsetSeconds: Scalars['Int']['output'];
  startAt?: Maybe<Scalars['DateTime']['output']>;
  timezone: Scalars['String']['output'];
  /** In one line, such as `cron 30 2 * * *, Europe/Berlin`. */
  words: Scalars['String']['output'];
};

/** When a schedule is due: at the times of its cron lines, its calendars and its interval together. */
export type ScheduleSpecInput = {
  calendars?: Array<CalendarInput>;
  /** Lines of five fields: minute hour day month weekday. Where day and weekday are limited, either is enough. */
  cron?: Array<Scalars['String']['input']>;
  endAt?: InputMaybe<Scalars['DateTime']['input']>;
  /** Counted from 1970, not from when it was saved. */
  intervalSeconds?: InputMaybe<Scalars['Int']['input']>;
  /** Each time is put off by up to this, at random. */
  jitterSeconds?: Scalars['Int']['input'];
  /** How much later than the interval's own times. */
  offsetSeconds?: Scalars['Int']['input'];
  startAt?: InputMaybe<Scalars['DateTime']['input']>;
  /** An IANA name: what cron lines and calendars are read in. */
  timezone?: Scalars['String']['input'];
};

/** One of these. OAuth access is granted by `beginOAuth` instead. */
export type SecretInput =
  { apiKey: ApiKeySecret; hostScoped?: never; userPassword?: never; }
  |  { apiKey?: never; hostScoped: HostScopedSecret; userPassword?: never; }
  |  { apiKey?: never; hostScoped?: never; userPassword: UserPasswordSecret; };

export type SessionPayload = Payload & {
  /** Empty where the mutation was done. */
  errors: Array<Problem>;
  expiresAt?: Maybe<Scalars['DateTime']['output']>;
  /** Shown once. Send it as `Authorization: Bearer TOKEN`. */
  token?: Maybe<Scalars['String']['output']>;
  viewer?: Maybe<Viewer>;
};

export type SetMemberRoleInput = {
  memberId: Scalars['ID']['input'];
  role: Role;
};

/** All limits of an agent's runs, or of all runs of the organisation: what is absent limits nothing. */
export type SetRunLimitsInput = {
  /** Node executions, those of the runs that its nodes start included. */
  executionsMax?: InputMaybe<Scalars['Int']['input']>;
  /** Absent: the organisation. */
  graphId?: InputMaybe<Scalars['ID']['input']>;
  /** Dispatches at once: a node execution each, or up to a hundred of a pure block. */
  inFlightMax?: InputMaybe<Scalars['Int']['input']>;
  /** Runs at once; the others stay QUEUED. Those that nodes start are not counted. */
  runningMax?: InputMaybe<Scalars['Int']['input']>;
  /** Seconds from its start, waiting included. */
  wallSecondsMax?: InputMaybe<Scalars['Float']['input']>;
};

export type SetRunLimitsPayload = Payload & {
  /** Empty where the mutation was done. */
  errors: Array<Problem>;
  limits?: Maybe<RunLimitSettings>;
};

/** An error keeps a graph from being published and from running; a warning does not keep it from being published. */
export type Severity =
  | 'ERROR'
  | 'WARNING';

export type ShareRunInput = {
  /** Absent: the link has no end. */
  expiresInDays?: InputMaybe<Scalars['Int']['input']>;
  id: Scalars['ID']['input'];
};

export type ShareRunPayload = Payload & {
  /** Empty where the mutation was done. */
  errors: Array<Problem>;
  share?: Maybe<RunShare>;
  /** Shown once: who has it may read the run's outputs. */
  token?: Maybe<Scalars['String']['output']>;
};

/** What a run that was shared gives away: how it stands, and its outputs. */
export type SharedRun = {
  /** By name: the first 20 values, or as many as `first` says, up to 100. `afterExecution` asks for those behind one. */
  outputs: Array<RunOutput>;
  status: State;
};


/** What a run that was shared gives away: how it stands, and its outputs. */
export type SharedRunOutputsArgs = {
  afterExecution?: InputMaybe<Scalars['Int']['input']>;
  first?: InputMaybe<Scalars['Int']['input']>;
};

export type SignInInput = {
  email: Scalars['String']['input'];
  /** Which organisation to enter, for people who are in several; else their first one. */
  organisationId?: InputMaybe<Scalars['ID']['input']>;
  password: Scalars['String']['input'];
};

export type SignalAgentInput = {
  /** The same. */
  credentials?: InputMaybe<Array<RunCredentialInput>>;
  graphId: Scalars['ID']['input'];
  /** Makes it safe to send again: the same key with the same event is the same event, with another one CONFLICT. */
  idempotencyKey?: InputMaybe<Scalars['String']['input']>;
  /** Of the run, where one has to be started. */
  inputs?: Scalars['JSON']['input'];
  /** Under which the agent has at most one open run. */
  key: Scalars['String']['input'];
  /** As the node that waits for it says. */
  name: Scalars['String']['input'];
  /** What it carries. Where the node has a schema for it, it must fit. */
  payload?: InputMaybe<Scalars['JSON']['input']>;
  /** The same. Absent: the active version. */
  version?: InputMaybe<Scalars['Int']['input']>;
  /** How long to wait for the order's outcome, up to 5 s. Without one it is delivered all the same. */
  waitSeconds?: Scalars['Float']['input'];
};

export type SignalPayload = Payload & {
  /** Empty where the mutation was done. */
  errors: Array<Problem>;
  /** Whether the run was started by it. */
  hasStarted: Scalars['Boolean']['output'];
  /** What was sent. Outcome APPLIED: a node has it; KEPT: it came early; REFUSED: `reason` says why; null: not yet known. */
  order?: Maybe<Order>;
  /** The run that has it. */
  run?: Maybe<Run>;
};

export type SignalRunInput = {
  /** Makes it safe to send again: the same key with the same event is the same event, with another one CONFLICT. */
  idempotencyKey?: InputMaybe<Scalars['String']['input']>;
  /** As the node that waits for it says. */
  name: Scalars['String']['input'];
  /** What it carries. Where the node has a schema for it, it must fit. */
  payload?: InputMaybe<Scalars['JSON']['input']>;
  runId: Scalars['ID']['input'];
  /** How long to wait for the order's outcome, up to 5 s. Without one it is delivered all the same. */
  waitSeconds?: Scalars['Float']['input'];
};

export type SkipNodeInput = {
  /** Makes it safe to ask again: the same key with the same request is the same order, with another request CONFLICT. */
  idempotencyKey?: InputMaybe<Scalars['String']['input']>;
  nodeExecutionId: Scalars['ID']['input'];
  /** {pin: [values]}: what it gives instead of running, pin by pin, in this order. */
  outputs?: Scalars['JSON']['input'];
};

export type StartRunInput = {
  credentials?: InputMaybe<Array<RunCredentialInput>>;
  graphId: Scalars['ID']['input'];
  /** Makes it safe to ask again: the same key with the same request gives the run that is there, with another request CONFLICT. */
  idempotencyKey?: InputMaybe<Scalars['String']['input']>;
  /** {name: value}, as the agent's `inputSchema` says; a draft has its own. */
  inputs?: Scalars['JSON']['input'];
  /** What is being edited, as it is now: nothing is published. Without `version`. */
  isDraft?: Scalars['Boolean']['input'];
  /** Those of the agent and of the organisation hold, too: the lowest of each counts. */
  limits?: InputMaybe<RunLimitsInput>;
  /** A node's id: only that node runs, and what leads to it. */
  untilNodeId?: InputMaybe<Scalars['String']['input']>;
  /** Nodes that have outputs pinned give them instead of running. */
  usePinnedOutputs?: Scalars['Boolean']['input'];
  /** Absent: the active version. */
  version?: InputMaybe<Scalars['Int']['input']>;
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

/** How many executions of a node are in a state. */
export type StateCount = {
  count: Scalars['Int']['output'];
  status: State;
};

export type Subscription = {
  /** What happens in all runs of an agent, from now on, or from behind the event whose cursor `after` is. */
  graphEvents: RunEvent;
  /** What happens in all runs of the organisation, from now on, or from behind the event whose cursor `after` is. */
  organisationEvents: RunEvent;
  /** What happens in a run: from its beginning, or from behind the event whose cursor `after` is. It completes when the run is over. */
  runEvents: RunEvent;
};


export type SubscriptionGraphEventsArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  graphId: Scalars['ID']['input'];
};


export type SubscriptionOrganisationEventsArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
};


export type SubscriptionRunEventsArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  runId: Scalars['ID']['input'];
};

export type TakeDownListingInput = {
  /** Why; the author reads it. */
  comments: Scalars['String']['input'];
  listingId: Scalars['ID']['input'];
};

/** A piece of the text that grows on a pin, to be put behind the pieces of the same attempt. The whole text is emitted in the end; a node that is tried again streams from the beginning. */
export type TextStreamed = NodeEvent & RunEvent & {
  at: Scalars['DateTime']['output'];
  attempt: Scalars['Int']['output'];
  /** Subscribe `after` it to go on exactly behind this event, on any server. */
  cursor: Scalars['String']['output'];
  /** The execution's number in its run. */
  execution: Scalars['Int']['output'];
  /** The execution's id, for `node`. */
  nodeExecutionId: Scalars['ID']['output'];
  /** The node, as the graph's file names it. */
  nodeId: Scalars['String']['output'];
  pin: Scalars['String']['output'];
  runId: Scalars['ID']['output'];
  text: Scalars['String']['output'];
  /** What the node is called; null where its plan is not readable any more. */
  title?: Maybe<Scalars['String']['output']>;
};

/** The attempts of one execution of a timeline, that have ended. */
export type TimelineAttempts = {
  endedAt: Array<Scalars['DateTime']['output']>;
  /** Whether it failed: what follows is the wait for the next one. Else it was parked. */
  hasFailed: Array<Scalars['Boolean']['output']>;
  /** Its place in the page. */
  place: Scalars['Int']['output'];
  /** How long each waited for a worker before it started, in milliseconds; null: not known. */
  queued: Array<Maybe<Scalars['Float']['output']>>;
  startedAt: Array<Scalars['DateTime']['output']>;
  /** How long the next one waits after each, by the node's policy, in milliseconds; null: none does. */
  wait: Array<Maybe<Scalars['Float']['output']>>;
};

export type TriggerScheduleInput = {
  /** The moment that it stands for, not later than now: asked for again, the same moment gives the same run. Absent: now. */
  at?: InputMaybe<Scalars['DateTime']['input']>;
  id: Scalars['ID']['input'];
};

export type TriggerSchedulePayload = Payload & {
  /** Empty where the mutation was done. */
  errors: Array<Problem>;
  /** What became of it: its run, or why there is none. */
  fire?: Maybe<ScheduleFire>;
  schedule?: Maybe<Schedule>;
};

export type UnpinNodeOutputInput = {
  graphId: Scalars['ID']['input'];
  nodeId: Scalars['String']['input'];
  revision: Scalars['Int']['input'];
};

/** What is not named stays. It runs in the caller's name from now on, unless `isPaused` is all that is named. */
export type UpdateAttachmentInput = {
  /** All of them. */
  credentials?: InputMaybe<Array<RunCredentialInput>>;
  /** All of them. */
  events?: InputMaybe<Array<Scalars['String']['input']>>;
  /** Pins it to a version; null: the preset's, or the active one. */
  graphVersion?: InputMaybe<Scalars['Int']['input']>;
  id: Scalars['ID']['input'];
  /** Null: the agent's trigger. */
  inputName?: InputMaybe<Scalars['String']['input']>;
  /** All of them. */
  inputs?: InputMaybe<Scalars['JSON']['input']>;
  isPaused?: InputMaybe<Scalars['Boolean']['input']>;
  /** Null: no preset. */
  presetId?: InputMaybe<Scalars['ID']['input']>;
};

export type UpdateCredentialInput = {
  id: Scalars['ID']['input'];
  isShared?: InputMaybe<Scalars['Boolean']['input']>;
  /** A new secret, of the same type. */
  secret?: InputMaybe<SecretInput>;
  title?: InputMaybe<Scalars['String']['input']>;
};

export type UpdateDraftInput = {
  /** The whole graph as a file says it. It may have problems. */
  document: Scalars['JSON']['input'];
  graphId: Scalars['ID']['input'];
  /** The draft's revision that this change was made on. */
  revision: Scalars['Int']['input'];
};

/** What is not named stays. */
export type UpdateLibraryEntryInput = {
  entryId: Scalars['ID']['input'];
  /** A folder of your organisation; null: no folder. */
  folderId?: InputMaybe<Scalars['ID']['input']>;
  /** Pin an own agent to this version. An entry from a listing runs what was approved. */
  graphVersion?: InputMaybe<Scalars['Int']['input']>;
  isArchived?: InputMaybe<Scalars['Boolean']['input']>;
  /** True: follow the listing, or the own agent's active version. False: stay as it is now. */
  isAutoUpdated?: InputMaybe<Scalars['Boolean']['input']>;
  isFavourite?: InputMaybe<Scalars['Boolean']['input']>;
};

export type UpdateListingVersionInput = {
  categories?: InputMaybe<Array<Scalars['String']['input']>>;
  changes?: InputMaybe<Scalars['String']['input']>;
  description?: InputMaybe<Scalars['String']['input']>;
  /** Takes the agent anew, in this version; else the snapshot stays. */
  graphVersion?: InputMaybe<Scalars['Int']['input']>;
  instructions?: InputMaybe<Scalars['String']['input']>;
  media?: InputMaybe<Array<Scalars['String']['input']>>;
  name?: InputMaybe<Scalars['String']['input']>;
  subheading?: InputMaybe<Scalars['String']['input']>;
  versionId: Scalars['ID']['input'];
};

/** What is not named stays. */
export type UpdatePresetInput = {
  credentials?: InputMaybe<Array<RunCredentialInput>>;
  description?: InputMaybe<Scalars['String']['input']>;
  /** Pins the preset to a version; null: it runs the active one. */
  graphVersion?: InputMaybe<Scalars['Int']['input']>;
  /** All of them; they take the place of those saved. */
  inputs?: InputMaybe<Scalars['JSON']['input']>;
  name?: InputMaybe<Scalars['String']['input']>;
  presetId: Scalars['ID']['input'];
};

export type UpdateProfileInput = {
  /** An https URL. */
  avatarUrl?: InputMaybe<Scalars['String']['input']>;
  description?: Scalars['String']['input'];
  /** 2 to 60 small letters, digits and hyphens. */
  handle: Scalars['String']['input'];
  /** At most 10 https URLs. */
  links?: Array<Scalars['String']['input']>;
  name: Scalars['String']['input'];
};

/** What is not named stays. */
export type UpdateScheduleInput = {
  catchUpSeconds?: InputMaybe<Scalars['Int']['input']>;
  /** All of them. */
  credentials?: InputMaybe<Array<RunCredentialInput>>;
  /** Pins it to a version; null: it runs the active one. */
  graphVersion?: InputMaybe<Scalars['Int']['input']>;
  id: Scalars['ID']['input'];
  /** All of them. */
  inputs?: InputMaybe<Scalars['JSON']['input']>;
  name?: InputMaybe<Scalars['String']['input']>;
  overlap?: InputMaybe<ScheduleOverlap>;
  /** The one that was read: of two who change it at once, one has CONFLICT. */
  revision: Scalars['Int']['input'];
  spec?: InputMaybe<ScheduleSpecInput>;
};

export type UpdateWebhookInput = {
  id: Scalars['ID']['input'];
  name: Scalars['String']['input'];
};

export type UserPasswordSecret = {
  password: Scalars['String']['input'];
  username: Scalars['String']['input'];
};

/** A value that went through a run. What is secret stands as `***`, here and everywhere. */
export type Value = {
  /** The stored file that it stands for, where it is the media value of one that is here. */
  file?: Maybe<File>;
  /** The value where it stands in its row, which costs nothing; null where it is kept apart, see `isInline`. */
  inline?: Maybe<Scalars['JSON']['output']>;
  /** Whether it stands in its row; reading one that does not costs a look-up. */
  isInline: Scalars['Boolean']['output'];
  /** The value itself, of up to 1 MB; a larger one is VALUE_TOO_LARGE: fetch it from `valueUrl`. */
  json?: Maybe<Scalars['JSON']['output']>;
  /** The first 80 characters of its JSON. */
  preview: Scalars['String']['output'];
  /** Bytes of its JSON. */
  size: Scalars['Int']['output'];
  /** null, boolean, number, string, array or object. */
  type: Scalars['String']['output'];
  /** Where its JSON can be fetched, with the same token; null where it stands in its row. */
  valueUrl?: Maybe<Scalars['String']['output']>;
};

/** Who the caller is. */
export type Viewer = {
  email: Scalars['String']['output'];
  id: Scalars['ID']['output'];
  /** Whether they review listings of the marketplace. */
  isPlatformAdmin: Scalars['Boolean']['output'];
  name: Scalars['String']['output'];
  /** The organisation that this token is for. */
  organisation: Organisation;
  /** All organisations that they are in; `switchOrganisation` changes to another. */
  organisations: Array<Organisation>;
  /** What this token may do. */
  rights: Array<Scalars['String']['output']>;
  /** The role in the organisation that this token is for. */
  role: Role;
};

/** What is waited for: a moment, a run that the node started, a named event, a person's answer, or the nodes that it called as tools. */
export type WaitKind =
  | 'ANSWER'
  | 'CHILD'
  | 'EVENT'
  | 'TIMER'
  | 'TOOLS';

/** An address that others call to start agents; independent of agents and of their versions. */
export type Webhook = Node & {
  /** What it starts, each alone: what one cannot do keeps no other from running. */
  attachments: Array<WebhookAttachment>;
  createdAt: Scalars['DateTime']['output'];
  createdBy?: Maybe<Member>;
  /** The credential by which it is registered at the provider; null: it is entered there by hand. */
  credentialId?: Maybe<Scalars['ID']['output']>;
  /** What came, the newest first. */
  deliveries: WebhookDeliveryConnection;
  /** The events that the provider was asked to send; empty: all. */
  events: Array<Scalars['String']['output']>;
  id: Scalars['ID']['output'];
  /** A paused one answers 202, and what comes is not kept. */
  isPaused: Scalars['Boolean']['output'];
  /** Whether we registered it at the provider. */
  isRegistered: Scalars['Boolean']['output'];
  /** Whether each delivery must be signed. Where not, who has the address may start runs. */
  isSigned: Scalars['Boolean']['output'];
  name: Scalars['String']['output'];
  /** What is wrong at the provider. */
  problem?: Maybe<WebhookProblem>;
  provider: WebhookProvider;
  /** What the provider watches, such as the repository `owner/name`. */
  resource?: Maybe<Scalars['String']['output']>;
  updatedAt: Scalars['DateTime']['output'];
  /** Where deliveries are sent. Who has it may try; null for callers without the right `credentials:write`. */
  url?: Maybe<Scalars['String']['output']>;
};


/** An address that others call to start agents; independent of agents and of their versions. */
export type WebhookDeliveriesArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  first?: InputMaybe<Scalars['Int']['input']>;
};

/** An agent, or a preset of one, that a webhook starts, in the name of who attached it. */
export type WebhookAttachment = Node & {
  createdAt: Scalars['DateTime']['output'];
  credentials: Array<ChosenCredential>;
  /** The events that it takes, such as `pull_request` or `pull_request.opened`; empty: all. */
  events: Array<Scalars['String']['output']>;
  /** The agent; null once that is deleted. */
  graph?: Maybe<Graph>;
  graphId: Scalars['ID']['output'];
  /** The version that it runs; null: the preset's, or the one that is active when a delivery comes. */
  graphVersion?: Maybe<Scalars['Int']['output']>;
  id: Scalars['ID']['output'];
  /** The input that takes what comes; null: the agent's trigger takes it. */
  inputName?: Maybe<Scalars['String']['output']>;
  /** {input's name: value}; they go before the preset's. Of an input that is secret now, `***`. */
  inputs: Scalars['JSON']['output'];
  isPaused: Scalars['Boolean']['output'];
  presetId?: Maybe<Scalars['ID']['output']>;
  /** Why its last delivery did not run. */
  problem?: Maybe<WebhookProblem>;
  /** In whose name it runs: who attached or changed it last; their access and their credentials count. Null for one who has left. */
  runsAs?: Maybe<Member>;
  webhookId: Scalars['ID']['output'];
};

/** A page of a list. */
export type WebhookConnection = {
  edges: Array<WebhookEdge>;
  /** The elements, without their cursors. */
  nodes: Array<Webhook>;
  pageInfo: PageInfo;
  /** How many elements the whole list has; null where that is not counted. */
  totalCount?: Maybe<Scalars['Int']['output']>;
};

/** What came to a webhook, once under its sender's id. */
export type WebhookDelivery = Node & {
  /** What was sent, as an object. */
  body: Value;
  createdAt: Scalars['DateTime']['output'];
  /** When each attachment had its run or its error; null: not yet. */
  dispatchedAt?: Maybe<Scalars['DateTime']['output']>;
  /** What happened, in the provider's words, such as `pull_request.opened`; empty: not said. */
  event: Scalars['String']['output'];
  /** The headers that are kept: none that proves or opens anything. */
  headers: Scalars['JSON']['output'];
  id: Scalars['ID']['output'];
  /** Under which it counts once: `id:` and the sender's id, or `body:` and the hash of the bytes. */
  key: Scalars['String']['output'];
  /** How often it came again. */
  repeats: Scalars['Int']['output'];
  /** What became of it, at each attachment that takes it, and at each replay. */
  runs: Array<DeliveryRun>;
  webhookId: Scalars['ID']['output'];
};

/** A page of a list. */
export type WebhookDeliveryConnection = {
  edges: Array<WebhookDeliveryEdge>;
  /** The elements, without their cursors. */
  nodes: Array<WebhookDelivery>;
  pageInfo: PageInfo;
  /** How many elements the whole list has; null where that is not counted. */
  totalCount?: Maybe<Scalars['Int']['output']>;
};

/** One element of a list, with the cursor behind which the next page begins. */
export type WebhookDeliveryEdge = {
  cursor: Scalars['String']['output'];
  node: WebhookDelivery;
};

/** One element of a list, with the cursor behind which the next page begins. */
export type WebhookEdge = {
  cursor: Scalars['String']['output'];
  node: Webhook;
};

export type WebhookPayload = Payload & {
  /** Empty where the mutation was done. */
  errors: Array<Problem>;
  webhook?: Maybe<Webhook>;
};

/** What keeps a webhook, or something attached to it, from working; it goes when it works again. */
export type WebhookProblem = {
  /** When it was met last. */
  at: Scalars['DateTime']['output'];
  code: Scalars['String']['output'];
  message: Scalars['String']['output'];
};

/** Whose proof deliveries have: anybody's (a token, or an HMAC), Standard Webhooks, GitHub's, Slack's, Telegram's. */
export type WebhookProvider =
  | 'GENERIC'
  | 'GITHUB'
  | 'SLACK'
  | 'STANDARD'
  | 'TELEGRAM';

export type WebhookSecretPayload = Payload & {
  /** Empty where the mutation was done. */
  errors: Array<Problem>;
  /** Shown once: what the sender signs with. Null where it is the sender's own. */
  secret?: Maybe<Scalars['String']['output']>;
  /** Where deliveries are sent. */
  url?: Maybe<Scalars['String']['output']>;
  /** What could not be done at the provider. */
  warning?: Maybe<Scalars['String']['output']>;
  webhook?: Maybe<Webhook>;
};

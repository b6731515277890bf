/** An agent as its file says it: the shapes that the API gives and takes. What is not named here is kept as it is. */

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type JsonObject = { [key: string]: Json };

/** Whether a value is a JSON object: neither null nor a list. */
export const isObject = (value: unknown): value is JsonObject => typeof value === "object" && value !== null && !Array.isArray(value);

export type Position = { x: number; y: number };

export type NodeMetadata = {
  position?: Position;
  customized_name?: string;
  credentials_optional?: boolean;
  [key: string]: unknown;
};

export type GraphNode = {
  id: string;
  block_id: string;
  input_default: JsonObject;
  metadata: NodeMetadata;
  retry?: { attempts?: number; first_wait_seconds?: number; longest_wait_seconds?: number; backoff?: number } | null;
  timeout_seconds?: number | null;
  on_error?: "route" | "continue" | "stop" | "hold" | null;
  pinned_output?: Record<string, Json[]> | null;
  follows_active?: boolean | null;
  note?: string | null;
  [key: string]: unknown;
};

export type GraphLink = {
  id: string;
  source_id: string;
  source_name: string;
  sink_id: string;
  sink_name: string;
  is_static?: boolean;
  [key: string]: unknown;
};

export type GraphDocument = {
  id: string;
  name: string;
  description?: string | null;
  nodes: GraphNode[];
  links: GraphLink[];
  sub_graphs?: GraphDocument[];
  on_node_error?: "continue" | "fail" | "stop" | "hold" | null;
  [key: string]: unknown;
};

/** A JSON Schema, as far as forms and pins read it. */
export type Schema = {
  type?: string | string[];
  title?: string;
  description?: string;
  default?: Json;
  enum?: Json[];
  const?: Json;
  format?: string;
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  additionalProperties?: boolean | Schema;
  anyOf?: Schema[];
  oneOf?: Schema[];
  allOf?: Schema[];
  $ref?: string;
  $defs?: Record<string, Schema>;
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  placeholder?: string;
  advanced?: boolean;
  secret?: boolean;
  hidden?: boolean;
  [key: string]: unknown;
};

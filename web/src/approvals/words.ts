/** How an approval stands, in words; and the form of its data. */
import { isObject } from "@/graph/document";
import type { ApprovalOnTimeout, ApprovalStatus, Role } from "@/data/schema.generated";
import { duration } from "@/data/times";
import type { Json, JsonObject, Schema } from "@/graph/document";
import type { Tone } from "@/ui/Status";

export const APPROVAL_STATES: Record<ApprovalStatus, { word: string; tone: Tone }> = {
  PENDING: { word: "Waiting", tone: "warn" },
  APPROVED: { word: "Approved", tone: "ok" },
  REJECTED: { word: "Rejected", tone: "danger" },
  TIMED_OUT: { word: "Time ran out", tone: "neutral" },
  CANCELLED: { word: "Not needed any more", tone: "neutral" },
};

const THEN: Record<ApprovalOnTimeout, string> = {
  FAIL: "then the node fails",
  APPROVE: "then it counts as approved",
  REJECT: "then it counts as rejected",
  ESCALATE: "then others are asked",
};

export const ROLE_WORDS: Record<Role, string> = {
  OWNER: "Owner",
  ADMIN: "Administrator",
  EDITOR: "Editor",
  OPERATOR: "Operator",
  VIEWER: "Viewer",
  AUDITOR: "Auditor",
};

/** "4 min 10 s left, then it counts as rejected". */
export function deadlineText(deadline: string, onTimeout: ApprovalOnTimeout | null, now: number): string {
  const left = new Date(deadline).getTime() - now;
  if (left <= 0) return "Its time is over; it may still be decided until the run takes note of that";
  return `${duration(left)} left${onTimeout ? `, ${THEN[onTimeout]}` : ""}`;
}

/** Why somebody may not decide what waits; the API knows, and says only that it is so. */
export function whyNot(approval: { roles: readonly Role[]; allowsSelf: boolean; askedBy?: { id: string } | null; votes: readonly { person?: { id: string } | null }[] }, me: { id: string; role: Role; mayDecide: boolean }): string {
  if (approval.votes.some((one) => one.person?.id === me.id)) return "You have said what you think. It waits for others.";
  if (!me.mayDecide) return "Your role may not decide approvals. An operator or above can.";
  if (!approval.allowsSelf && approval.askedBy?.id === me.id) return "You started this run, and whoever did may not decide this.";
  if (approval.roles.length > 0 && !approval.roles.includes(me.role)) {
    return `It is for others to decide: ${approval.roles.map((one) => ROLE_WORDS[one].toLowerCase()).join(", ")}.`;
  }
  return "You cannot decide this now.";
}

export type FormOfData = { schema: Schema; wrap: (value: Json) => JsonObject; unwrap: (value: JsonObject) => Json };

/** A form of fields for any data: what is no object stands in one field of its own. Null: only its JSON can be edited. */
export function formOf(form: Schema | null, value: Json): FormOfData | null {
  const schema = form ?? inferred(value);
  if (!schema) return null;
  if (schema.properties || schema.type === "object") {
    return { schema, wrap: (now) => (isObject(now) ? now : {}), unwrap: (now) => now };
  }
  const { $defs, ...own } = schema;
  const around: Schema = { type: "object", properties: { value: { title: "Answer", ...own } }, required: ["value"], ...($defs ? { $defs } : {}) };
  return { schema: around, wrap: (now) => ({ value: now }), unwrap: (now) => now.value ?? null };
}

/** Fields for data that came without a form: of texts, numbers and switches only. */
function inferred(value: Json): Schema | null {
  const type = scalar(value);
  if (type) return { type };
  if (!isObject(value)) return null;
  const fields = Object.entries(value).map(([name, one]): [string, Schema | null] => {
    const kind = scalar(one);
    return [name, kind ? { type: kind, title: name } : null];
  });
  if (fields.length === 0 || fields.some(([, one]) => one === null)) return null;
  return { type: "object", properties: Object.fromEntries(fields) as Record<string, Schema>, required: fields.map(([name]) => name) };
}

function scalar(value: Json): string | null {
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean" ? typeof value : null;
}

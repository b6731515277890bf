/** Rights and roles in words, and what a form sends of them. */
import type { Role } from "@/data/schema.generated";

export const ROLES: { value: Role; label: string; text: string }[] = [
  { value: "VIEWER", label: "Viewer", text: "sees agents, runs and files" },
  { value: "AUDITOR", label: "Auditor", text: "sees what a viewer sees, all values, and the audit log" },
  { value: "OPERATOR", label: "Operator", text: "also runs agents, steers runs, decides approvals and uses credentials" },
  { value: "EDITOR", label: "Editor", text: "also builds and publishes agents, and makes credentials" },
  { value: "ADMIN", label: "Administrator", text: "also manages members and reads the audit log" },
  { value: "OWNER", label: "Owner", text: "does everything in the organisation" },
];

/** Nobody gives a role above their own; the API's `RANK` has the same order. */
export function rolesUpTo(own: Role): typeof ROLES {
  return ROLES.slice(0, ROLES.findIndex((one) => one.value === own) + 1);
}

export const rankOf = (role: Role): number => ROLES.findIndex((one) => one.value === role);

const WORDS: Record<string, string> = {
  "graphs:read": "See agents",
  "graphs:write": "Build and publish agents",
  "blocks:read": "See blocks",
  "blocks:run": "Run single blocks",
  "runs:read": "See runs",
  "runs:execute": "Start runs",
  "runs:manage": "Cancel, pause and mend runs",
  "approvals:decide": "Decide approvals",
  "credentials:read": "Use credentials",
  "credentials:write": "Make and change credentials",
  "library:read": "See the library",
  "library:write": "Change the library",
  "listings:read": "See the marketplace",
  "listings:write": "Publish to the marketplace",
  "listings:review": "Review listings",
  "ratings:write": "Rate listings",
  "files:read": "Read files",
  "files:write": "Store files",
  "members:read": "See members",
  "members:write": "Manage members",
  "keys:write": "Make API keys",
  "audit:read": "Read the audit log",
  "fleet:read": "See the fleet's health",
  "payloads:read": "Read values in Temporal",
  "organisation:write": "Change the organisation",
};

export const wordsOf = (right: string): string => WORDS[right] ?? right;

/** What a program that only runs agents needs; deciding approvals is not in it, so no program approves its own work. */
export const RUNNER_RIGHTS = ["graphs:read", "runs:read", "runs:execute", "runs:manage", "files:read", "files:write", "credentials:read", "library:read"];

export const EXPIRIES = [
  { value: "30", label: "30 days" },
  { value: "90", label: "90 days" },
  { value: "365", label: "1 year" },
  { value: "", label: "Never" },
];

/** At least so many characters: `api/passwords.py` says the same. */
export const PASSWORD_CHARACTERS_MIN = 12;

export function passwordProblem(password: string, again: string): { password?: string; again?: string } {
  if (password.length < PASSWORD_CHARACTERS_MIN) return { password: `Use at least ${PASSWORD_CHARACTERS_MIN} characters.` };
  if (password !== again) return { again: "The two are not the same." };
  return {};
}

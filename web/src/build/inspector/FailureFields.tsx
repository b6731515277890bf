/** What happens where a node fails: how often it is tried again, how long it may take, and what becomes of the run. */
import type { GraphNode } from "@/graph/document";
import { SelectField } from "@/ui/fields";
import { BoundedNumber } from "./BoundedNumber";

export type FailureSettings = Pick<GraphNode, "retry" | "timeout_seconds" | "on_error">;

/** The defaults and limits of `schema/graph.py` and `schema/limits.py`. */
const RETRY = [
  { name: "attempts", label: "Attempts in all", preset: 3, minimum: 1, maximum: 20, isInteger: true },
  { name: "first_wait_seconds", label: "Seconds before the second attempt", preset: 0.5, minimum: 0, maximum: 3_600, isInteger: false },
  { name: "backoff", label: "Each wait is longer by this factor", preset: 2, minimum: 1, maximum: 10, isInteger: false },
  { name: "longest_wait_seconds", label: "Seconds between attempts at most", preset: 30, minimum: 0, maximum: 86_400, isInteger: false },
] as const;
const TIMEOUT = { preset: 600, minimum: 0.1, maximum: 86_400 };

const ON_ERROR = [
  { value: "", label: "As the agent says" },
  { value: "route", label: "Give the error on its error pin" },
  { value: "continue", label: "Go on without it" },
  { value: "stop", label: "End the run" },
  { value: "hold", label: "Wait until a person decides" },
];

type Props = { value: FailureSettings; onChange: (part: Partial<FailureSettings>) => void; isDisabled: boolean };

export function FailureFields({ value, onChange, isDisabled }: Props) {
  const retry = value.retry ?? {};
  const setRetry = (name: (typeof RETRY)[number]["name"], next: number | null) => {
    const { [name]: _, ...others } = retry;
    const whole = next === null ? others : { ...others, [name]: next };
    onChange({ retry: Object.keys(whole).length > 0 ? whole : null });
  };
  return (
    <div className="flex flex-col gap-3">
      <SelectField label="When it fails" help="After its last attempt. Only failures that may pass are tried again." disabled={isDisabled} options={ON_ERROR} value={value.on_error ?? ""} onChange={(next) => onChange({ on_error: (next || null) as FailureSettings["on_error"] })} />
      {RETRY.map(({ name, ...field }) => (
        <BoundedNumber key={name} {...field} value={retry[name]} isDisabled={isDisabled} onChange={(next) => setRetry(name, next)} />
      ))}
      <BoundedNumber label="Time limit in seconds" help="Of one attempt." {...TIMEOUT} value={value.timeout_seconds} isDisabled={isDisabled} onChange={(next) => onChange({ timeout_seconds: next })} />
    </div>
  );
}

/** Whether anything but the defaults is said: the section is open then. */
export const saysAnything = (value: FailureSettings): boolean => Boolean(value.retry ?? value.timeout_seconds ?? value.on_error);

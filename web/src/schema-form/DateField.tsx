/** Days, times of day and moments, by the browser's own controls; a moment is written in the reader's time zone and kept with it. */
import { Field, inputClass } from "@/ui/fields";
import { cx } from "@/ui/classes";
import { type FieldProps, useForm } from "./context";
import { ownOf } from "./problems";
import { TextValueField } from "./TextValueField";

export type DateKind = "date" | "time" | "date-time";

const INPUTS = { date: "date", time: "time", "date-time": "datetime-local" } as const;
const READABLE: Record<DateKind, RegExp> = {
  date: /^\d{4}-\d{2}-\d{2}$/,
  time: /^\d{2}:\d{2}(:\d{2})?$/,
  "date-time": /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}/,
};

/** What the control shows of a kept value; null where it is in a form that the control cannot show. */
export function shownOf(value: string, kind: DateKind): string | null {
  if (value === "") return "";
  if (!READABLE[kind].test(value)) return null;
  if (kind !== "date-time") return value;
  const at = new Date(value);
  if (Number.isNaN(at.getTime())) return null;
  const local = new Date(at.getTime() - at.getTimezoneOffset() * 60_000);
  return local.toISOString().slice(0, at.getSeconds() === 0 ? 16 : 19);
}

/** What is kept of what the control says: a moment in UTC, a time and a day as they are. */
export function keptOf(shown: string, kind: DateKind): string | undefined {
  if (shown === "") return undefined;
  return kind === "date-time" ? new Date(shown).toISOString().replace(".000Z", "Z") : shown;
}

export function DateField({ kind, ...props }: FieldProps & { kind: DateKind }) {
  const { label, schema, value, onChange, problems, isRequired, isLabelHidden } = props;
  const { isDisabled } = useForm();
  const shown = shownOf(typeof value === "string" ? value : "", kind);
  if (shown === null) return <TextValueField {...props} isLong={false} />;
  const preset = typeof schema.default === "string" && schema.default ? `Without one: ${schema.default}.` : null;
  return (
    <Field label={label} help={[schema.description, preset].filter(Boolean).join(" ") || undefined} error={ownOf(problems)} isRequired={isRequired} isLabelHidden={isLabelHidden}>
      {(ids) => (
        <input type={INPUTS[kind]} step={kind === "date" ? undefined : 1} className={cx(inputClass, "h-8 max-w-60")} disabled={isDisabled} value={shown} onChange={(event) => onChange(keptOf(event.target.value, kind))} {...ids} />
      )}
    </Field>
  );
}

/** One of a list. A value that is none of the list, such as one from an older version, stays until another is chosen. */
import { SelectField } from "@/ui/fields";
import type { Json } from "@/graph/document";
import { type FieldProps, useForm } from "./context";
import { ownOf } from "./problems";

const nameOf = (value: Json): string => (typeof value === "string" ? value : JSON.stringify(value));

export function ChoiceField({ label, schema, value, onChange, problems, isRequired, isLabelHidden }: FieldProps) {
  const { isDisabled } = useForm();
  const choices = (schema.enum ?? []).filter((one) => one !== null);
  const at = value === undefined || value === null ? -1 : choices.findIndex((one) => JSON.stringify(one) === JSON.stringify(value));
  const isStranger = value !== undefined && value !== null && at < 0;
  const nothing = schema.default !== undefined && schema.default !== null ? `${nameOf(schema.default)} (the default)` : isRequired ? "Choose" : "Not set";
  return (
    <SelectField
      label={label}
      help={schema.description}
      error={ownOf(problems)}
      isRequired={isRequired}
      isLabelHidden={isLabelHidden}
      disabled={isDisabled}
      value={isStranger ? "?" : at < 0 ? "" : String(at)}
      options={[
        { value: "", label: nothing },
        ...(isStranger ? [{ value: "?", label: nameOf(value) }] : []),
        ...choices.map((one, index) => ({ value: String(index), label: nameOf(one) })),
      ]}
      onChange={(next) => onChange(next === "" ? undefined : next === "?" ? value : choices[Number(next)])}
    />
  );
}

/** What can only be one value; nothing is asked. */
export function ConstantField({ label, schema }: FieldProps) {
  return (
    <p className="text-sm">
      <span className="font-medium">{label}</span> <code className="text-muted">{nameOf(schema.const ?? null)}</code>
    </p>
  );
}

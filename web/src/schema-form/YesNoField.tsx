/** Yes or no: a switch where there is a default to begin with, a choice where nothing is said yet. */
import { SelectField, Toggle } from "@/ui/fields";
import { type FieldProps, useForm } from "./context";
import { ownOf } from "./problems";

export function YesNoField({ label, schema, value, onChange, problems, isRequired, isLabelHidden }: FieldProps) {
  const { isDisabled } = useForm();
  const error = ownOf(problems);
  if (typeof value === "boolean" || (typeof schema.default === "boolean" && value === undefined)) {
    return (
      <div>
        <Toggle label={label} help={schema.description} isLabelHidden={isLabelHidden} isDisabled={isDisabled} isOn={typeof value === "boolean" ? value : schema.default === true} onChange={onChange} />
        {error && <p role="alert" className="text-xs text-danger">{error}</p>}
      </div>
    );
  }
  return (
    <SelectField
      label={label}
      help={schema.description}
      error={error}
      isRequired={isRequired}
      isLabelHidden={isLabelHidden}
      disabled={isDisabled}
      value=""
      options={[{ value: "", label: isRequired ? "Choose" : "Not set" }, { value: "true", label: "Yes" }, { value: "false", label: "No" }]}
      onChange={(next) => onChange(next === "" ? undefined : next === "true")}
    />
  );
}

/** The control for one schema: which it is, is decided in `schema.ts`. */
import { ChoiceField, ConstantField } from "./ChoiceField";
import { type FieldProps, useForm } from "./context";
import { DateField } from "./DateField";
import { FileField } from "./FileField";
import { JsonField } from "./JsonField";
import { ListField } from "./ListField";
import { NumberField } from "./NumberField";
import { MapField } from "./MapField";
import { ObjectField } from "./ObjectField";
import { controlOf, branchesOf } from "./schema";
import { TableField } from "./TableField";
import { SecretField, TextValueField } from "./TextValueField";
import { UnionField } from "./UnionField";
import { YesNoField } from "./YesNoField";

export function SchemaField(props: FieldProps) {
  const { root } = useForm();
  const control = controlOf(props.schema, root, props.name);
  if (control === "union") return <UnionField {...props} />;
  // A union of one type and null: the type's own limits, with the texts of the place.
  const one = branchesOf(props.schema, root)[0] ?? {};
  const inner = one === props.schema ? props : { ...props, schema: { ...one, ...textsOf(props.schema) } };
  if (Array.isArray(props.value) ? control !== "list" && control !== "table" && control !== "json" : isStray(props.value, control)) {
    return <JsonField {...inner} />;
  }
  switch (control) {
    case "constant":
      return <ConstantField {...inner} />;
    case "choice":
      return <ChoiceField {...inner} />;
    case "boolean":
      return <YesNoField {...inner} />;
    case "number":
      return <NumberField {...inner} />;
    case "list":
      return <ListField {...inner} />;
    case "table":
      return <TableField {...inner} />;
    case "object":
      return <ObjectField {...inner} />;
    case "map":
      return <MapField {...inner} />;
    case "date":
    case "time":
    case "date-time":
      return <DateField {...inner} kind={control} />;
    case "file":
      return <FileField {...inner} />;
    case "secret":
      return <SecretField {...inner} />;
    case "text":
    case "long-text":
      return <TextValueField {...inner} isLong={control === "long-text"} />;
    default:
      return <JsonField {...inner} />;
  }
}

/** What the place says of itself goes before what its one type says. */
function textsOf(schema: FieldProps["schema"]): Partial<FieldProps["schema"]> {
  const { title, description, default: value, placeholder, secret } = schema;
  return Object.fromEntries(Object.entries({ title, description, default: value, placeholder, secret }).filter(([, one]) => one !== undefined));
}

/** A value that its control cannot show, such as an object where a text belongs: it is shown as it is, and not lost. */
function isStray(value: FieldProps["value"], control: string): boolean {
  if (value === undefined || value === null) return false;
  const isObject = typeof value === "object" && !Array.isArray(value);
  if (control === "json" || control === "choice" || control === "constant") return false;
  if (control === "object" || control === "map") return !isObject;
  if (control === "list" || control === "table") return true;
  return isObject;
}

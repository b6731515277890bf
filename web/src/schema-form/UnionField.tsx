/** A value of one of several types: a choice of the type, and the control of that. */
import { useState } from "react";
import type { Json, Schema } from "@/graph/document";
import { cx } from "@/ui/classes";
import { type FieldProps, useForm } from "./context";
import { SchemaField } from "./SchemaField";
import { branchesOf, branchFor, emptyOf, nameOfBranch } from "./schema";

/** The value to go on with when another type is chosen: the same where it can be read as that, else an empty one. */
export function converted(value: Json | undefined, to: Schema, root: Schema): Json | undefined {
  if (value === undefined || value === null) return to.type === "object" || to.properties ? emptyOf(to, root) : undefined;
  if (to.format === "json") return value;
  const text = typeof value === "string" ? value : JSON.stringify(value);
  switch (to.type) {
    case "string":
      return text;
    case "number":
    case "integer":
      return text.trim() !== "" && Number.isFinite(Number(text)) ? Number(text) : undefined;
    case "boolean":
      return text === "true" ? true : text === "false" ? false : undefined;
    case "array":
      return Array.isArray(value) ? value : typeof value === "string" ? (parsed(value, Array.isArray) ?? [value]) : [];
    default:
      return emptyOf(to, root);
  }
}

function parsed(text: string, fits: (value: Json) => boolean): Json | undefined {
  try {
    const value = JSON.parse(text) as Json;
    return fits(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

export function UnionField(props: FieldProps) {
  const { label, schema, value, onChange, isLabelHidden } = props;
  const { root, isDisabled } = useForm();
  const branches = branchesOf(schema, root);
  // What was chosen counts while nothing is written, and while what is written could be of it.
  const [chosen, setChosen] = useState<number | null>(null);
  const start = schema.default !== undefined && schema.default !== null ? branchFor(schema.default, branches, root) : 0;
  const found = value === undefined || value === null ? start : branchFor(value, branches, root);
  const at = chosen !== null && chosen < branches.length && (value === undefined || value === null || couldBe(value, branches[chosen] as Schema)) ? chosen : found;
  const branch = branches[at] ?? {};
  const shown: Schema = { ...branch, title: schema.title, description: schema.description ?? branch.description, placeholder: schema.placeholder ?? branch.placeholder, secret: schema.secret, default: at === start ? schema.default : undefined };
  return (
    <div className="relative min-w-0">
      <SchemaField {...props} schema={shown} />
      <select
        aria-label={`Type of ${label}`}
        disabled={isDisabled}
        value={at}
        className={cx("rounded border border-transparent bg-transparent text-xs text-muted hover:border-line-strong", isLabelHidden ? "mt-0.5" : "absolute top-0 right-0 max-w-32", hasButton(branch) && !isLabelHidden && "right-8")}
        onChange={(event) => {
          const next = Number(event.target.value);
          setChosen(next);
          onChange(converted(value, branches[next] as Schema, root));
        }}
      >
        {branches.map((one, index) => (
          <option key={index} value={index}>{nameOfBranch(one, root)}</option>
        ))}
      </select>
    </div>
  );
}

const hasButton = (schema: Schema): boolean => schema.type === "array" || schema.type === "object" || schema.properties !== undefined;

/** Whether the control of a type can show a value, though it may not fit it yet. */
function couldBe(value: Json, branch: Schema): boolean {
  if (branch.format === "json") return true;
  if (branch.type === "array") return Array.isArray(value);
  if (branch.type === "object" || branch.properties) return typeof value === "object" && !Array.isArray(value);
  if (branch.type === "boolean") return typeof value === "boolean";
  if (branch.type === "number" || branch.type === "integer") return typeof value === "number";
  return typeof value === "string";
}

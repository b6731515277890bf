/** Numbers. What is half written stays as it is written; what is no number is kept as text, and told at the field. */
import { useState } from "react";
import { Field, inputClass } from "@/ui/fields";
import { cx } from "@/ui/classes";
import type { Json } from "@/graph/document";
import { type FieldProps, useForm } from "./context";
import { ownOf } from "./problems";
import { placeholderOf } from "./schema";

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/** The value of a written number: the number, the text where it is none, `undefined` for nothing. */
export function readNumber(text: string): Json | undefined {
  const trimmed = text.trim();
  if (trimmed === "") return undefined;
  const number = Number(trimmed);
  return NUMBER.test(trimmed) && Number.isFinite(number) ? number : trimmed;
}

export function NumberField({ label, schema, value, onChange, problems, isRequired, isLabelHidden }: FieldProps) {
  const { isDisabled } = useForm();
  const [text, setText] = useState<string | null>(null);
  const written = value === undefined || value === null ? "" : String(value);
  // While "1." or "1e" is written, the value is not what the field shows.
  const shown = text !== null && (readNumber(text) ?? null) === (value ?? null) ? text : written;
  const limits = [schema.minimum !== undefined && `at least ${schema.minimum}`, schema.maximum !== undefined && `at most ${schema.maximum}`].filter(Boolean).join(", ");
  const help = [schema.description, limits && `(${limits})`].filter(Boolean).join(" ");
  return (
    <Field label={label} help={help || undefined} error={ownOf(problems)} isRequired={isRequired} isLabelHidden={isLabelHidden}>
      {(ids) => (
        <input
          type="text"
          inputMode={schema.type === "integer" ? "numeric" : "decimal"}
          autoComplete="off"
          className={cx(inputClass, "h-8")}
          placeholder={placeholderOf(schema)}
          disabled={isDisabled}
          value={shown}
          onChange={(event) => {
            setText(event.target.value);
            const next = readNumber(event.target.value);
            onChange(next === undefined && isLabelHidden ? null : next);
          }}
          {...ids}
        />
      )}
    </Field>
  );
}

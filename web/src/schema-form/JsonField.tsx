/** Any value as JSON text. What is no JSON yet stays in the box, and is told; the value changes when it is JSON again. */
import { useState } from "react";
import { Field, inputClass } from "@/ui/fields";
import { cx } from "@/ui/classes";
import type { Json } from "@/graph/document";
import { type FieldProps, useForm } from "./context";
import { ownOf } from "./problems";
import { placeholderOf } from "./schema";

export type Read = { value: Json | undefined; error?: undefined } | { error: string };

/** Read what was written; nothing at all is no value. */
export function readJson(text: string): Read {
  if (text.trim() === "") return { value: undefined };
  try {
    return { value: JSON.parse(text) as Json };
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    return { error: `This is no JSON yet: ${said.replace(/, ?"?.*is not valid JSON$/s, "").replace(/ in JSON/, "")}.` };
  }
}

export function JsonField({ label, schema, value, onChange, problems, isRequired, isLabelHidden }: FieldProps) {
  const { isDisabled } = useForm();
  const [draft, setDraft] = useState<{ text: string; of: Json | undefined } | null>(null);
  const written = value === undefined ? "" : JSON.stringify(value, null, 2);
  // What was typed counts as long as the value is the one that it was typed for.
  const text = draft && JSON.stringify(draft.of) === JSON.stringify(value) ? draft.text : written;
  const read = readJson(text);
  return (
    <Field label={label} help={schema.description} error={read.error ?? ownOf(problems)} isRequired={isRequired} isLabelHidden={isLabelHidden}>
      {(ids) => (
        <textarea
          rows={2}
          spellCheck={false}
          className={cx(inputClass, "field-sizing-content block max-h-80 min-h-16 resize-y py-1.5 font-mono text-xs")}
          placeholder={placeholderOf(schema) ?? "JSON"}
          disabled={isDisabled}
          value={text}
          onChange={(event) => {
            const now = readJson(event.target.value);
            setDraft({ text: event.target.value, of: now.error === undefined ? now.value : value });
            if (now.error === undefined) onChange(now.value);
          }}
          {...ids}
        />
      )}
    </Field>
  );
}

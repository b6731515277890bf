/** Texts: one line, or a box that grows and can be opened large; secrets are dots, and are never shown again. */
import { Maximize2, RotateCcw } from "lucide-react";
import { useId, useState } from "react";
import { Button, IconButton } from "@/ui/Button";
import { Dialog } from "@/ui/Dialog";
import { Field, inputClass } from "@/ui/fields";
import { cx } from "@/ui/classes";
import { type FieldProps, useForm } from "./context";
import { ownOf } from "./problems";
import { placeholderOf } from "./schema";

const asText = (value: FieldProps["value"]): string => (typeof value === "string" ? value : value === undefined || value === null ? "" : JSON.stringify(value));

/** What an emptied text means: the default, unless there is one that somebody may want to replace by nothing. */
function read(text: string, schema: FieldProps["schema"], isLabelHidden?: boolean): string | undefined {
  if (text !== "" || isLabelHidden) return text;
  return schema.default ? "" : undefined;
}

export function TextValueField({ label, schema, value, onChange, problems, isRequired, isLabelHidden, suggestions, isLong }: FieldProps & { isLong: boolean }) {
  const { isDisabled } = useForm();
  const [isLarge, setLarge] = useState(false);
  const list = useId();
  const text = asText(value);
  const change = (next: string) => onChange(read(next, schema, isLabelHidden));
  const isBox = (isLong && !suggestions) || text.includes("\n");
  const shared = { value: text, placeholder: placeholderOf(schema), disabled: isDisabled, spellCheck: schema.format === "long-text", onChange: (event: { target: { value: string } }) => change(event.target.value) };
  return (
    <Field label={label} help={schema.description} error={ownOf(problems)} isRequired={isRequired} isLabelHidden={isLabelHidden}>
      {(ids) => (
        <div className="group/text relative">
          {isBox ? (
            <textarea rows={schema.format === "long-text" && !isLabelHidden ? 3 : 1} className={cx(inputClass, "field-sizing-content block max-h-60 min-h-8 resize-y py-1.5 pr-8")} {...ids} {...shared} />
          ) : (
            <input type="text" list={suggestions ? list : undefined} autoComplete="off" className={cx(inputClass, "h-8")} {...ids} {...shared} />
          )}
          {suggestions && <datalist id={list}>{suggestions.map((one) => <option key={one} value={one} />)}</datalist>}
          {isBox && (
            <IconButton label={`Write ${label} in a larger box`} isSmall className="absolute top-0.5 right-0.5 size-6 opacity-0 group-focus-within/text:opacity-100 group-hover/text:opacity-100 focus-visible:opacity-100" icon={<Maximize2 className="size-3.5" aria-hidden />} onClick={() => setLarge(true)} />
          )}
          {value === "" && schema.default !== undefined && schema.default !== "" && !isLabelHidden && <Default onReset={() => onChange(undefined)} isDisabled={isDisabled} />}
          {isBox && (
            <Dialog isOpen={isLarge} onClose={() => setLarge(false)} title={label} description={schema.description} size="large" footer={<Button look="primary" onClick={() => setLarge(false)}>Done</Button>}>
              <textarea aria-label={label} className={cx(inputClass, "h-[55dvh] resize-none py-2 font-mono")} {...shared} />
            </Dialog>
          )}
        </div>
      )}
    </Field>
  );
}

export function Default({ onReset, isDisabled }: { onReset: () => void; isDisabled: boolean }) {
  return (
    <Button look="quiet" isSmall disabled={isDisabled} onClick={onReset} icon={<RotateCcw className="size-3.5" aria-hidden />}>
      Use the default
    </Button>
  );
}

export function SecretField({ label, schema, value, onChange, problems, isRequired, isLabelHidden }: FieldProps) {
  const { isDisabled } = useForm();
  return (
    <Field label={label} help={schema.description} error={ownOf(problems)} isRequired={isRequired} isLabelHidden={isLabelHidden}>
      {(ids) => (
        <input
          type="password"
          autoComplete="new-password"
          className={cx(inputClass, "h-8")}
          placeholder={placeholderOf({ ...schema, default: undefined })}
          disabled={isDisabled}
          value={asText(value)}
          onChange={(event) => onChange(event.target.value === "" ? undefined : event.target.value)}
          {...ids}
        />
      )}
    </Field>
  );
}

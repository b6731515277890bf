/** The frame of a field that has fields within: its name, its help, its own error, and a way to write it as JSON instead. */
import { Braces } from "lucide-react";
import { type ReactNode, useId, useState } from "react";
import type { Json } from "@/graph/document";
import { Button, IconButton } from "@/ui/Button";
import { cx } from "@/ui/classes";
import { Words } from "@/ui/Words";
import { type FieldProps, useForm } from "./context";
import { JsonField } from "./JsonField";
import { ownOf } from "./problems";

export function Group({ children, actions, ...field }: FieldProps & { children: ReactNode; actions?: ReactNode }) {
  const { isDisabled } = useForm();
  const [isJson, setJson] = useState(false);
  const id = useId();
  const { label, schema, problems, isRequired, isLabelHidden } = field;
  const error = ownOf(problems);
  const usual = isLabelHidden ? null : usualOf(field);
  const described = [schema.description && `${id}-help`, error && `${id}-error`].filter(Boolean).join(" ");
  return (
    <div role="group" aria-labelledby={id} aria-describedby={described || undefined} className="flex min-w-0 flex-col gap-1">
      <div className="flex items-center gap-1">
        <span id={id} className={cx("min-w-0 flex-1 text-sm font-medium", isLabelHidden && "sr-only")}>
          {label}
          {isRequired && <span className="text-danger" aria-hidden> *</span>}
        </span>
        {isLabelHidden && <span className="flex-1" />}
        {actions}
        <IconButton label={isJson ? `Write ${label} in fields` : `Write ${label} as JSON`} isSmall isPressed={isJson} disabled={isDisabled} icon={<Braces className="size-3.5" aria-hidden />} onClick={() => setJson(!isJson)} />
      </div>
      {schema.description && <p id={`${id}-help`} className="text-xs text-muted"><Words text={schema.description} /></p>}
      {usual !== null && !isJson && (
        <div className="flex items-start gap-2 text-xs text-muted">
          <p className="line-clamp-3 min-w-0 flex-1 break-words">Left empty, it is <span className="font-mono">{JSON.stringify(usual).slice(0, SHOWN_MAX)}</span></p>
          <Button look="quiet" isSmall disabled={isDisabled} onClick={() => field.onChange(usual)}>Begin with that<span className="sr-only"> in {label}</span></Button>
        </div>
      )}
      {isJson ? <JsonField {...field} schema={{ ...schema, description: undefined }} isLabelHidden problems={[]} /> : children}
      {error && <p id={`${id}-error`} role="alert" className="text-xs text-danger">{error}</p>}
    </div>
  );
}

const SHOWN_MAX = 300;

/** What counts while nothing is written: fields with parts have no placeholder that could show it. */
function usualOf({ schema, value }: FieldProps): Json | null {
  const { default: usual } = schema;
  if ((value !== undefined && value !== null) || typeof usual !== "object" || usual === null) return null;
  return Object.keys(usual).length > 0 ? usual : null;
}

/** Fields of forms: each has a label that is seen, help below, and its error where it is. */
import { Checkbox as RadixCheckbox, Switch as RadixSwitch } from "radix-ui";
import { Check } from "lucide-react";
import { type ComponentProps, type ReactNode, useId } from "react";
import { cx } from "./classes";
import { Words } from "./Words";

export const inputClass =
  "w-full rounded-md border border-line-strong bg-surface px-2.5 text-sm text-text placeholder:text-muted disabled:opacity-60 aria-[invalid=true]:border-danger";

type Around = { label: ReactNode; help?: ReactNode; error?: string | null; isRequired?: boolean; isLabelHidden?: boolean };

/** Label, help and error around one control. `children` gets the ids that tie them together. */
export function Field({ label, help, error, isRequired, isLabelHidden, children }: Around & { children: (ids: { id: string; "aria-describedby"?: string; "aria-invalid"?: boolean; "aria-required"?: boolean }) => ReactNode }) {
  const id = useId();
  const described = [help && `${id}-help`, error && `${id}-error`].filter(Boolean).join(" ");
  return (
    <div className="flex flex-col gap-1">
      <label htmlFor={id} className={cx("text-sm font-medium", isLabelHidden && "sr-only")}>
        {label}
        {isRequired && <span className="text-danger" aria-hidden> *</span>}
      </label>
      {children({ id, "aria-describedby": described || undefined, "aria-invalid": error ? true : undefined, "aria-required": isRequired || undefined })}
      {help && <p id={`${id}-help`} className="text-xs text-muted"><Words text={help} /></p>}
      {error && <p id={`${id}-error`} role="alert" className="text-xs text-danger"><Words text={error} /></p>}
    </div>
  );
}

export function TextField({ label, help, error, isRequired, isLabelHidden, className, ...rest }: Around & ComponentProps<"input">) {
  return (
    <Field {...{ label, help, error, isRequired, isLabelHidden }}>
      {(ids) => <input className={cx(inputClass, "h-8", className)} {...ids} {...rest} />}
    </Field>
  );
}

export function TextArea({ label, help, error, isRequired, isLabelHidden, className, ...rest }: Around & ComponentProps<"textarea">) {
  return (
    <Field {...{ label, help, error, isRequired, isLabelHidden }}>
      {(ids) => <textarea rows={4} className={cx(inputClass, "py-1.5", className)} {...ids} {...rest} />}
    </Field>
  );
}

export type Option = { value: string; label: string; isDisabled?: boolean };

/** A choice from a list; the browser's own control, which works everywhere and with every reader. */
export function SelectField({ label, help, error, isRequired, isLabelHidden, options, value, onChange, className, ...rest }: Around & { options: Option[]; value: string; onChange: (value: string) => void } & Omit<ComponentProps<"select">, "value" | "onChange">) {
  return (
    <Field {...{ label, help, error, isRequired, isLabelHidden }}>
      {(ids) => (
        <select className={cx(inputClass, "h-8 pr-7", className)} value={value} onChange={(event) => onChange(event.target.value)} {...ids} {...rest}>
          {options.map((one) => (
            <option key={one.value} value={one.value} disabled={one.isDisabled}>
              {one.label}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}

export function Toggle({ label, help, isOn, onChange, isDisabled, isLabelHidden }: { label: ReactNode; help?: ReactNode; isOn: boolean; onChange: (isOn: boolean) => void; isDisabled?: boolean; isLabelHidden?: boolean }) {
  const id = useId();
  return (
    <div className={cx("flex gap-2.5", help ? "items-start" : "items-center")}>
      <RadixSwitch.Root
        id={id}
        checked={isOn}
        disabled={isDisabled}
        onCheckedChange={onChange}
        aria-describedby={help ? `${id}-help` : undefined}
        className="relative h-5 w-9 shrink-0 rounded-full border border-line-strong bg-sunken data-[state=checked]:border-accent data-[state=checked]:bg-accent disabled:opacity-50"
      >
        <RadixSwitch.Thumb className="block size-3.5 translate-x-0.5 rounded-full bg-muted transition-transform data-[state=checked]:translate-x-[1.1rem] data-[state=checked]:bg-on-accent" />
      </RadixSwitch.Root>
      <div className={cx("flex flex-col", isLabelHidden && "sr-only")}>
        <label htmlFor={id} className="text-sm font-medium">{label}</label>
        {help && <p id={`${id}-help`} className="text-xs text-muted"><Words text={help} /></p>}
      </div>
    </div>
  );
}

export function Checkbox({ label, isOn, onChange, isDisabled, isLabelHidden }: { label: ReactNode; isOn: boolean | "indeterminate"; onChange: (isOn: boolean) => void; isDisabled?: boolean; isLabelHidden?: boolean }) {
  const id = useId();
  return (
    <div className="flex items-center gap-2">
      <RadixCheckbox.Root id={id} checked={isOn} disabled={isDisabled} onCheckedChange={(now) => onChange(now === true)} className="flex size-4 shrink-0 items-center justify-center rounded border border-line-strong bg-surface data-[state=checked]:border-accent data-[state=checked]:bg-accent data-[state=indeterminate]:bg-accent disabled:opacity-50">
        <RadixCheckbox.Indicator>
          <Check className="size-3 text-on-accent" aria-hidden />
        </RadixCheckbox.Indicator>
      </RadixCheckbox.Root>
      <label htmlFor={id} className={cx("text-sm", isLabelHidden && "sr-only")}>{label}</label>
    </div>
  );
}

/** A text to take along, such as a link or a key that is shown once: it can be copied by a button or by hand. */
import { Check, Copy } from "lucide-react";
import { type ReactNode, useState } from "react";
import { Button } from "./Button";
import { copied } from "./copy";
import { Field, inputClass } from "./fields";

export function CopyField({ label, value, help }: { label: string; value: string; help?: ReactNode }) {
  const [isDone, setDone] = useState(false);
  const [isRefused, setRefused] = useState(false);
  const copy = async () => {
    const isThere = await copied(value);
    setDone(isThere);
    setRefused(!isThere);
    if (isThere) setTimeout(() => setDone(false), 2_000);
  };
  return (
    <Field label={label} help={help} error={isRefused ? "The browser does not let this page copy. Select the text and copy it." : null}>
      {(ids) => (
        <div className="flex gap-2">
          <input readOnly className={`${inputClass} h-8 font-mono text-xs`} value={value} onFocus={(event) => event.target.select()} {...ids} />
          <Button icon={isDone ? <Check className="size-4" aria-hidden /> : <Copy className="size-4" aria-hidden />} onClick={() => void copy()}>{isDone ? "Copied" : "Copy"}</Button>
        </div>
      )}
    </Field>
  );
}

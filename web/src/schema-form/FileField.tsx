/** A file: uploaded here, or named by an address. What the form keeps is the media value that the API gives for it. */
import { Paperclip, Upload, X } from "lucide-react";
import { useId, useRef, useState } from "react";
import { bytes } from "@/data/times";
import { problemOf } from "@/data/session";
import { Button, IconButton } from "@/ui/Button";
import { cx } from "@/ui/classes";
import { Words } from "@/ui/Words";
import { inputClass } from "@/ui/fields";
import { type FieldProps, useForm } from "./context";
import { ownOf } from "./problems";
import { placeholderOf } from "./schema";

export type Uploaded = { id: string; name: string; size: number; media_type: string; media_value: string };

/** Keep a file at the API; throws with what it says where it does not take it. */
export async function upload(file: File): Promise<Uploaded> {
  const body = new FormData();
  body.append("file", file);
  const answer = await fetch("/files", { method: "POST", body });
  if (!answer.ok) throw new Error(await problemOf(answer));
  return (await answer.json()) as Uploaded;
}

/** A kept value in words, where its name is not known. */
function nameOfValue(value: string): string {
  const stored = /^workspace:\/\/[^#]*(?:#(.*))?$/.exec(value);
  if (stored) return stored[1] ? `A stored file (${stored[1]})` : "A stored file";
  const data = /^data:([^;,]*)/.exec(value);
  return data ? `A file within the value (${data[1] || "text/plain"})` : value;
}

export function FileField({ label, schema, value, onChange, problems, isRequired, isLabelHidden }: FieldProps) {
  const { isDisabled } = useForm();
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  const [isBusy, setBusy] = useState(false);
  const [isOver, setOver] = useState(false);
  const [refused, setRefused] = useState<string | null>(null);
  const [known, setKnown] = useState<Uploaded | null>(null);
  const text = typeof value === "string" ? value : "";
  const isStored = text.startsWith("workspace://") || text.startsWith("data:");
  const error = refused ?? ownOf(problems);
  const described = [schema.description && `${id}-help`, error && `${id}-error`].filter(Boolean).join(" ");

  const take = async (file: File | undefined) => {
    if (!file || isDisabled) return;
    setBusy(true);
    setRefused(null);
    try {
      const kept = await upload(file);
      setKnown(kept);
      onChange(kept.media_value);
    } catch (failure) {
      setRefused(failure instanceof TypeError ? "The API does not answer. Try again." : failure instanceof Error ? failure.message : String(failure));
    } finally {
      setBusy(false);
    }
  };
  return (
    <div className="flex flex-col gap-1">
      <label htmlFor={id} className={cx("text-sm font-medium", isLabelHidden && "sr-only")}>
        {label}
        {isRequired && <span className="text-danger" aria-hidden> *</span>}
      </label>
      <div
        className={cx("flex flex-wrap items-center gap-2 rounded-md border border-dashed p-2", isOver ? "border-accent bg-accent-soft" : "border-line-strong")}
        onDragOver={(event) => { event.preventDefault(); setOver(true); }}
        onDragLeave={() => setOver(false)}
        onDrop={(event) => { event.preventDefault(); event.stopPropagation(); setOver(false); void take(event.dataTransfer.files[0]); }}
      >
        {isStored ? (
          <span className="flex min-w-0 flex-1 items-center gap-1.5 text-sm">
            <Paperclip className="size-4 shrink-0" aria-hidden />
            <span id={id} className="truncate">{known?.media_value === text ? `${known.name} (${bytes(known.size)})` : nameOfValue(text)}</span>
            <IconButton label={`Take the file of ${label} away`} isSmall disabled={isDisabled} icon={<X className="size-3.5" aria-hidden />} onClick={() => { setKnown(null); onChange(undefined); }} />
          </span>
        ) : (
          <input id={id} className={cx(inputClass, "h-8 min-w-32 flex-1")} placeholder={placeholderOf(schema) ?? "Drop a file here, or write its address"} disabled={isDisabled || isBusy} aria-invalid={error ? true : undefined} aria-describedby={described || undefined} value={text} onChange={(event) => onChange(event.target.value || undefined)} />
        )}
        <input ref={input} type="file" className="hidden" tabIndex={-1} aria-hidden onChange={(event) => { void take(event.target.files?.[0]); event.target.value = ""; }} />
        <Button isSmall isBusy={isBusy} disabled={isDisabled} icon={<Upload className="size-3.5" aria-hidden />} onClick={() => input.current?.click()}>
          {isBusy ? "Uploading" : "Choose a file"}<span className="sr-only"> for {label}</span>
        </Button>
      </div>
      {schema.description && <p id={`${id}-help`} className="text-xs text-muted"><Words text={schema.description} /></p>}
      {error && <p id={`${id}-error`} role="alert" className="text-xs text-danger">{error}</p>}
    </div>
  );
}

/** A value of a run, by its kind: what runs give is untrusted, so it is text, or comes from our own store. */
import { Check, Copy, Download } from "lucide-react";
import { lazy, Suspense, useState } from "react";
import { bytes } from "@/data/times";
import type { Json } from "@/graph/document";
import { Button, IconButton } from "@/ui/Button";
import { cx } from "@/ui/classes";
import { copied } from "@/ui/copy";
import { notify } from "@/ui/toasts";
import { JsonTree } from "./JsonTree";
import { asText, type Mode, modeOf, modesFor, pathOf, type ShownValue } from "./kinds";
import { MediaView } from "./MediaView";
import { TableView } from "./TableView";
import { TextView } from "./TextView";
import { useJson } from "./useJson";

export type { Mode, ShownValue } from "./kinds";

const MarkdownView = lazy(() => import("./MarkdownView"));
const WORDS: Record<Mode, string> = { markdown: "Formatted", json: "JSON", code: "Code", table: "Table", image: "Picture", audio: "Sound", video: "Film", file: "File", text: "Text" };

function Body({ json, mode, file }: { json: unknown; mode: Mode; file?: ShownValue["file"] }) {
  switch (mode) {
    case "image":
    case "audio":
    case "video":
    case "file":
      if (file || typeof json === "string") return <MediaView file={file} dataUri={typeof json === "string" && json.startsWith("data:image/") ? json : undefined} mode={mode} />;
      return <JsonTree value={json} />;
    case "table":
      return Array.isArray(json) ? <TableView rows={json as Json[]} /> : <JsonTree value={json} />;
    case "json":
      return <JsonTree value={json} />;
    case "markdown":
      return <Suspense fallback={<TextView text={asText(json)} />}><MarkdownView text={asText(json)} /></Suspense>;
    case "code":
      return <TextView text={asText(json)} isCode />;
    default:
      return <TextView text={asText(json)} />;
  }
}

function CopyButton({ text }: { text: () => string }) {
  const [isDone, setDone] = useState(false);
  const copy = async () => {
    if (!(await copied(text()))) return notify({ kind: "info", title: "The browser does not let this page copy.", text: "Select the value and copy it, or download it." });
    setDone(true);
    setTimeout(() => setDone(false), 1_500);
  };
  return <IconButton isSmall label={isDone ? "Copied" : "Copy"} icon={isDone ? <Check className="size-3.5" aria-hidden /> : <Copy className="size-3.5" aria-hidden />} onClick={() => void copy()} />;
}

/** One line of a value, for lists and nodes; it never fetches anything. */
export function ValuePreview({ value, className }: { value: ShownValue; className?: string }) {
  const text = value.file ? value.file.name : value.isInline && typeof value.json === "string" ? value.json : value.preview;
  return (
    <span className={cx("block min-w-0 truncate text-xs", className)} title={text.slice(0, 300)}>
      {text === "" ? <span className="text-muted">empty text</span> : text.slice(0, 200)}
      {!value.isInline && <span className="text-muted"> {bytes(value.size)}</span>}
    </span>
  );
}

export function ValueView({ value, mode = "auto", isCompact = false }: { value: ShownValue; mode?: Mode | "auto"; isCompact?: boolean }) {
  const { isThere, json, isLoading, problem, load } = useJson(value, isCompact);
  const [chosen, setChosen] = useState<Mode | null>(null);
  if (!isThere && !value.file) {
    return (
      <div className="flex min-w-0 flex-col items-start gap-1.5">
        <p className="max-w-full font-mono text-xs break-words text-muted">{value.preview}…</p>
        {problem && <p role="alert" className="text-sm text-danger">{problem}</p>}
        {load ? (
          <Button isSmall isBusy={isLoading} onClick={load}>{isLoading ? "Loading" : `Show all ${bytes(value.size)}`}</Button>
        ) : (
          <Beyond value={value} />
        )}
      </div>
    );
  }
  const modes = modesFor(json, value.file);
  const shown = chosen ?? (mode === "auto" ? modeOf(json, value.file) : mode);
  const path = pathOf(value.valueUrl);
  return (
    <div className="group/value flex min-w-0 items-start gap-2 max-sm:flex-col-reverse">
      <div className={cx("min-w-0 flex-1 max-sm:w-full", isCompact && "max-h-60 overflow-y-auto")} {...(isCompact ? { tabIndex: 0 } : {})}>
        <Body json={json} mode={shown} file={value.file} />
      </div>
      {!isCompact && (
        <div className="flex shrink-0 items-center gap-0.5 max-sm:self-end">
          {modes.length > 1 && (
            <select aria-label="Show as" className="h-7 rounded-md border border-line bg-surface px-1 text-xs text-muted" value={shown} onChange={(event) => setChosen(event.target.value as Mode)}>
              {[...new Set([shown, ...modes])].map((one) => <option key={one} value={one}>{WORDS[one]}</option>)}
            </select>
          )}
          {isThere && <CopyButton text={() => asText(json)} />}
          {path && <a href={path} download="value.json" aria-label="Download" title="Download" className="inline-flex size-7 items-center justify-center rounded-md hover:bg-sunken"><Download className="size-3.5" aria-hidden /></a>}
        </div>
      )}
    </div>
  );
}

function Beyond({ value }: { value: ShownValue }) {
  const path = pathOf(value.valueUrl);
  if (!path) return <p className="text-xs text-muted">{bytes(value.size)}: too large to be shown here.</p>;
  return <a href={path} download="value.json" className="text-sm text-accent underline">Download {bytes(value.size)}</a>;
}

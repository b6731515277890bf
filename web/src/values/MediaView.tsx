/** Pictures, sound, films and files, from our own store or from within the value; nothing is fetched from elsewhere. */
import { Download, File as FileIcon } from "lucide-react";
import { useState } from "react";
import { bytes } from "@/data/times";
import { modeOfMedia, pathOf, type ShownFile } from "./kinds";

function Source({ mode, src, name }: { mode: "image" | "audio" | "video"; src: string; name: string }) {
  const [isBroken, setBroken] = useState(false);
  if (isBroken) return <p className="text-sm text-muted">This {mode === "image" ? "picture" : mode === "audio" ? "sound" : "film"} could not be shown: its content is not what its type says, or the file is gone.</p>;
  if (mode === "image") return <img src={src} alt={name} className="max-h-96 max-w-full rounded-md border border-line object-contain" loading="lazy" onError={() => setBroken(true)} />;
  if (mode === "audio") return <audio controls src={src} aria-label={name} className="w-full max-w-md" onError={() => setBroken(true)} />;
  return <video controls src={src} aria-label={name} className="max-h-96 max-w-full rounded-md border border-line" onError={() => setBroken(true)} />;
}

export function FileLink({ file }: { file: ShownFile }) {
  const path = pathOf(file.downloadUrl);
  const label = (
    <>
      <FileIcon className="size-4 shrink-0 text-muted" aria-hidden />
      <span className="min-w-0 truncate font-medium">{file.name}</span>
      <span className="shrink-0 text-xs text-muted">{file.mediaType}, {bytes(file.size)}</span>
    </>
  );
  if (!path) return <span className="flex max-w-full items-center gap-2 text-sm">{label}<span className="text-xs text-muted">It may not be downloaded: {file.status.toLowerCase()}.</span></span>;
  return (
    <a href={path} download={file.name} className="inline-flex max-w-full items-center gap-2 rounded-md border border-line-strong px-2.5 py-1 text-sm hover:bg-sunken">
      {label}
      <Download className="size-4 shrink-0" aria-label="Download" />
    </a>
  );
}

export function MediaView({ file, dataUri, mode }: { file?: ShownFile | null; dataUri?: string; mode: "image" | "audio" | "video" | "file" }) {
  const path = file ? pathOf(file.downloadUrl) : null;
  const natural = file ? modeOfMedia(file.mediaType) : mode;
  const src = path ?? dataUri;
  return (
    <div className="flex flex-col items-start gap-2">
      {natural !== "file" && src && (natural === "image" || path) && <Source mode={natural} src={src} name={file?.name ?? "Picture"} />}
      {file && <FileLink file={file} />}
      {!file && natural !== "image" && <p className="text-sm text-muted">This content stands within the value and is not played from there. Store it as a file to play it.</p>}
    </div>
  );
}
